/** ClientHellos made by hand, for tests. */

export const u16 = (...values: number[]) => values.flatMap(value => [value >> 8, value & 255]);
const list = (values: number[]) => [...u16(values.length), ...values];

/** What is told apart of a ClientHello. */
export interface Parts {
  random: number;
  session: number[];
  ciphers: number[];
  name: string;
  alpn: string[];
  versions: number[];
  others: number[];
}

/** A ClientHello behind the header of its message. */
export function hello({ random, session, ciphers, name, alpn, versions, others }: Parts): Buffer {
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
