import { Cursor } from '../../../../../lib/index/query/parquet/bits.ts';
import { ThriftReader } from '../../../../../lib/index/query/parquet/thrift.ts';

const reader = (...bytes: number[]) => new ThriftReader(new Cursor(Uint8Array.from(bytes)));

it('reads numbers, bytes, lists and structs of a struct, and passes over the rest', () => {
  const thrift = reader(
    ...[0x15, 0x03], // 1: -2
    ...[0x11], // 2: true
    ...[0x17, 0, 0, 0, 0, 0, 0, 0, 0], // 3: a double
    ...[0x13, 7], // 4: a byte
    ...[0x16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], // 5: 64 bits
    ...[0x08, 0x80, 0x01, 2, 65, 66], // 64, by its number: two bytes
    ...[0x19, 0x25, 2, 4], // 65: a list of 1 and 2
    ...[0x1c, 0x15, 6, 0], // 66: a struct of 3
    ...[0x1c, 0x1c, 0x19, 0x18, 1, 9, 0, 0], // 67: passed over
    ...[0x14, 8], // 68: 4
    0,
  );
  const found: unknown[] = [];
  thrift.struct(field => {
    if (field === 1 || field === 68) found.push(thrift.number());
    if (field === 64) found.push(Buffer.from(thrift.bytes()).toString());
    if (field === 65) thrift.list(() => found.push(thrift.number()));
    if (field === 66) thrift.struct(() => found.push(thrift.number()));
  });
  expect(found).toEqual([-2, 'AB', 1, 2, 3, 4]);
});

it.each([
  [
    'a number where bytes are',
    (thrift: ThriftReader) => thrift.struct(() => thrift.number()),
    [0x18, 1, 1, 0],
  ],
  ['bytes where a number is', (thrift: ThriftReader) => thrift.struct(() => thrift.bytes()), [0x15, 2, 0]],
  ['a struct without an end', (thrift: ThriftReader) => thrift.struct(() => {}), [0x15, 2]],
  ['bytes beyond the end', (thrift: ThriftReader) => thrift.struct(() => {}), [0x18, 9, 1, 0]],
  ['a type that does not exist', (thrift: ThriftReader) => thrift.struct(() => {}), [0x1e, 0]],
  [
    'many elements that take no bytes',
    (thrift: ThriftReader) => thrift.struct(() => {}),
    [0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0],
  ],
])('refuses %s', (_, act, bytes) => {
  expect(() => act(reader(...bytes))).toThrow(RangeError);
});

it('does not follow structs in structs for ever', () => {
  const thrift = reader(...Array(100_000).fill(0x1c));
  expect(() => thrift.struct(() => {})).toThrow('metadata of Parquet are nested too deeply');
});

it('refuses a value that was read already', () => {
  const thrift = reader(0x15, 2, 0);
  expect(() =>
    thrift.struct(() => {
      thrift.number();
      thrift.number();
    }),
  ).toThrow('metadata of Parquet have type 0 where they should not');
});
