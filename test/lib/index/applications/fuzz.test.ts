import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Direction } from '../../../../lib/index/analyser.ts';
import { answer, framed, query } from './dns/wire.ts';
import { Feed, flowRef, Harness } from './harness.ts';

/** What real programs sent, as raw material: whole capture files serve as streams, cut at any place. */
const read = (name: string) => readFileSync(join(import.meta.dirname, '../../../captures', name));
const http = Buffer.from(
  'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n',
);
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** The payload behind the first occurrence of `mark` in a capture file. */
function from(name: string, mark: Buffer, length: number): Buffer {
  const bytes = read(name);
  const at = bytes.indexOf(mark);
  expect(at).toBeGreaterThan(0);
  return bytes.subarray(at, at + length);
}

const seeds: [string, 'tcp' | 'udp', number, Buffer, Buffer][] = [
  ['dns', 'udp', 53, query(1, 'www.example.com'), answer(query(1, 'www.example.com'), 0)],
  ['dns', 'tcp', 53, framed(query(1, 'x.test')), framed(answer(query(1, 'x.test'), 3))],
  [
    'tls',
    'tcp',
    443,
    from('tls.pcap', Buffer.from('160301', 'hex'), 900),
    from('tls.pcap', Buffer.from('16030300', 'hex'), 900),
  ],
  [
    'http',
    'tcp',
    80,
    http,
    Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
  ],
  [
    'http2',
    'tcp',
    80,
    from('http2.pcap', preface, 1200),
    from('http2.pcap', Buffer.from('000004080000', 'hex'), 400),
  ],
  ['quic', 'udp', 443, from('quic.pcap', Buffer.from('0000000108', 'hex'), 1200), Buffer.alloc(0)],
];

interface Step {
  direction: Direction;
  from: number;
  length: number;
  flip: [number, number][];
  missing: number;
  gap: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  direction: fc.constantFrom<Direction>(0, 1),
  from: fc.nat(300),
  length: fc.integer({ min: 1, max: 1500 }),
  flip: fc.array(fc.tuple(fc.nat(1499), fc.nat(255)), { maxLength: 4 }),
  missing: fc.constantFrom(0, 0, 0, 1, 40, 100_000),
  gap: fc.constantFrom(0, 0, 0, 1, 700, 2 ** 31),
});

describe.each(seeds)('%s over %s', (_name, proto, respPort, asked, answered) => {
  test('no stream makes it throw, and rows stay in proportion to bytes', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), steps => {
        const harness = new Harness();
        const feed = new Feed(harness, flowRef({ proto, respPort }));
        let bytes = 0;
        // The first payload is whole, so that the protocol is recognised.
        feed.send(0, asked);
        for (const { direction, from, length, flip, missing, gap } of steps) {
          const source = direction === 0 ? asked : answered;
          const payload = Buffer.from(source.subarray(from % (source.length + 1)).subarray(0, length));
          for (const [at, value] of flip) if (at < payload.length) payload[at] = value;
          bytes += payload.length;
          const cut = missing > 0 ? Math.floor(payload.length / 2) : undefined;
          feed.send(direction, payload, undefined, cut);
          if (gap > 0 && proto === 'tcp') feed.gap(direction, gap);
        }
        feed.end();
        const rows = ['dns', 'ssl', 'http'].flatMap(table => harness.rows(table));
        expect(rows.length).toBeLessThanOrEqual(2 + (asked.length + bytes) / 9);
      }),
      { numRuns: 400 },
    );
  });
});

test('bytes at random, on any port, never throw', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('tcp' as const, 'udp' as const),
      fc.constantFrom(25, 53, 80, 137, 443, 3306, 5353, 5432, 6379, 9092, 51820),
      fc.array(fc.tuple(fc.constantFrom<Direction>(0, 1), fc.uint8Array({ maxLength: 300 })), {
        maxLength: 5,
      }),
      (proto, respPort, parts) => {
        const harness = new Harness();
        const feed = new Feed(harness, flowRef({ proto, respPort }));
        for (const [direction, bytes] of parts) feed.send(direction, bytes);
        feed.end();
        harness.rows('dns');
      },
    ),
    { numRuns: 3000 },
  );
});
