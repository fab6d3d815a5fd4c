import fc from 'fast-check';
import { parseClientHello } from '../../../../../lib/index/applications/tls/client-hello.ts';
import { ClientKinds, kindOf } from '../../../../../lib/index/applications/tls/client-kinds.ts';
import { readOffer } from '../../../../../lib/index/applications/tls/offer.ts';

const u16 = (...values: number[]) => values.flatMap(value => [value >> 8, value & 255]);
const list = (values: number[]) => [...u16(values.length), ...values];

interface Parts {
  random: number;
  session: number[];
  ciphers: number[];
  name: string;
  alpn: string[];
  versions: number[];
  others: number[];
}

/** A ClientHello behind the header of its message. */
function hello({ random, session, ciphers, name, alpn, versions, others }: Parts): Buffer {
  const host = [...Buffer.from(name)];
  const protocols = alpn.flatMap(protocol => [protocol.length, ...Buffer.from(protocol)]);
  const extensions = [
    ...(name === '' ? [] : [...u16(0), ...list(list([0, ...list(host)]))]),
    ...(alpn.length === 0 ? [] : [...u16(16), ...list(list(protocols))]),
    ...(versions.length === 0 ? [] : [...u16(43), ...list([versions.length * 2, ...u16(...versions)])]),
    ...others.flatMap(type => [...u16(type), ...list([0, 2, random, random])]),
  ];
  return Buffer.from([
    ...u16(0x0303),
    ...Array(32).fill(random),
    ...[session.length, ...session],
    ...list(u16(...ciphers)),
    ...[1, 0],
    ...list(extensions),
  ]);
}

const parts: fc.Arbitrary<Parts> = fc.record({
  random: fc.nat(255),
  session: fc.array(fc.nat(255), { maxLength: 32 }),
  // Few values, so that kinds come again.
  ciphers: fc.array(fc.constantFrom(0x0a0a, 0x1301, 0x1302, 0xc02f), { maxLength: 4 }),
  name: fc.constantFrom('', 'a.test', 'B.Test'),
  alpn: fc.array(fc.constantFrom('h2', 'http/1.1'), { maxLength: 2 }),
  versions: fc.array(fc.constantFrom(0x1a1a, 0x0304, 0x0303), { maxLength: 3 }),
  others: fc.array(fc.constantFrom(0x2a2a, 10, 13, 23, 35, 41, 42, 51), { maxLength: 5 }),
});

test('what is remembered of a kind is what its hello says, for any hello, whole, cut or damaged', () => {
  const kinds = new ClientKinds('t');
  const damage = fc.option(fc.tuple(fc.nat(200), fc.nat(255)));
  const cut = fc.option(fc.nat(200));
  fc.assert(
    fc.property(parts, damage, cut, (made, damaged, length) => {
      const whole = hello(made);
      if (damaged !== null) whole[damaged[0] % whole.length] = damaged[1];
      const bytes = whole.subarray(0, length === null ? whole.length : length % whole.length);
      const parsed = parseClientHello(bytes, 0, bytes.length);
      const kind = kinds.find(bytes, 0, bytes.length);
      if (kind !== undefined) expect(kind).toEqual(kindOf(parsed!, 't'));
      const offer = readOffer('tcp', bytes, 0, bytes.length);
      expect(offer).toEqual(
        parsed && {
          kind: kindOf(parsed, 't'),
          serverName: parsed.serverName,
          sessionId: parsed.sessionId,
          cut: parsed.cut,
        },
      );
    }),
    { numRuns: 3000 },
  );
});

test('a client is recognised whatever it connects to', () => {
  const kinds = new ClientKinds('t');
  const one = { session: [], ciphers: [0x1301], alpn: ['h2'], versions: [0x0304], others: [10] };
  const first = hello({ ...one, random: 1, name: 'a.test' });
  const second = Buffer.concat([
    Buffer.alloc(9),
    hello({ ...one, random: 2, name: 'b.test', session: [7, 7] }),
  ]);
  const kind = kinds.find(first, 0, first.length);
  expect(kind).toMatchObject({ version: 0x0304, protocol: 'h2', earlyData: false });
  expect(kinds.find(second, 9, second.length)).toBe(kind);
  const other = hello({ ...one, random: 1, name: 'a.test', ciphers: [0x1302] });
  expect(kinds.find(other, 0, other.length)).not.toBe(kind);
});
