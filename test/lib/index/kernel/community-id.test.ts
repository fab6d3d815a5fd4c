import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  KIND,
  ORIG_ADDRESS,
  ORIG_TAIL,
  PORTS,
  RESP_ADDRESS,
  RESP_TAIL,
} from '../../../../lib/index/engine/row.ts';
import { FLOW_RECORD_INTEGERS } from '../../../../lib/index/kernel/conn.ts';
import { Conn } from './flow-records.ts';

const conn = new Conn();
afterAll(() => conn.end());

function communityId(row: Int32Array): unknown {
  return conn.rows([new Uint8Array(row.buffer)])[0]!.community_id;
}

function row4(
  protocol: number,
  source: string,
  destination: string,
  first: number,
  second: number,
): Int32Array {
  const row = new Int32Array(FLOW_RECORD_INTEGERS);
  const word = (text: string) => Buffer.from(text.split('.').map(Number)).readInt32BE();
  row[KIND] = (4 << 8) | protocol;
  row[ORIG_ADDRESS] = word(source);
  row[RESP_ADDRESS] = word(destination);
  row[PORTS] = (first << 16) | second;
  return row;
}

// Baseline of https://github.com/corelight/community-id-spec (baseline/baseline_deflt.json).
it.each([
  ['tcp', 6, '128.232.110.120', '66.35.250.204', 34855, 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  ['tcp, other way', 6, '66.35.250.204', '128.232.110.120', 80, 34855, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  ['udp', 17, '192.168.1.52', '8.8.8.8', 54585, 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  ['icmp echo', 1, '192.168.0.89', '192.168.0.1', 8, 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  ['icmp echo reply', 1, '192.168.0.1', '192.168.0.89', 0, 8, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
])('has the known identifier of %s', (_name, protocol, source, destination, first, second, expected) => {
  expect(communityId(row4(protocol, source, destination, first, second))).toBe(expected);
});

it('keeps the ends of an ICMP type that is neither question nor answer in their order', () => {
  const message = (source: number[], destination: number[]) =>
    Buffer.from([0, 0, ...source, ...destination, 1, 0, 0, 3, 0, 1]);
  const idOf = (bytes: Buffer) => `1:${createHash('sha1').update(bytes).digest('base64')}`;
  // Destination unreachable, from either side.
  expect(communityId(row4(1, '10.0.0.9', '10.0.0.1', 3, 1))).toBe(
    idOf(message([10, 0, 0, 9], [10, 0, 0, 1])),
  );
  expect(communityId(row4(1, '10.0.0.1', '10.0.0.9', 3, 1))).toBe(
    idOf(message([10, 0, 0, 1], [10, 0, 0, 9])),
  );
});

it('is the SHA-1 of the ordered ends for any flow over IPv6', () => {
  const words = fc.array(fc.integer(), { minLength: 4, maxLength: 4 });
  const port = fc.integer({ min: 0, max: 65535 });
  fc.assert(
    fc.property(words, words, port, port, (orig, resp, first, second) => {
      const row = new Int32Array(FLOW_RECORD_INTEGERS);
      row[KIND] = (6 << 8) | 6;
      row[ORIG_ADDRESS] = orig[0]!;
      row[RESP_ADDRESS] = resp[0]!;
      row.set(orig.slice(1), ORIG_TAIL);
      row.set(resp.slice(1), RESP_TAIL);
      row[PORTS] = (first << 16) | second;
      const ends = [
        [orig, first],
        [resp, second],
      ] as const;
      const encoded = ends.map(([address, number]) => {
        const end = Buffer.alloc(18);
        address.forEach((word, at) => {
          end.writeInt32BE(word, at * 4);
        });
        end.writeUInt16BE(number, 16);
        return end;
      });
      const [low, high] = encoded.sort(Buffer.compare) as [Buffer, Buffer];
      const input = Buffer.concat([
        Buffer.alloc(2),
        low.subarray(0, 16),
        high.subarray(0, 16),
        Buffer.from([6, 0]),
        low.subarray(16),
        high.subarray(16),
      ]);
      expect(communityId(row)).toBe(`1:${createHash('sha1').update(input).digest('base64')}`);
    }),
  );
});
