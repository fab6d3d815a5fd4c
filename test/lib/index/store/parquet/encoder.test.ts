import fc from 'fast-check';
import { Cursor } from '../../../../../lib/index/query/parquet/bits.ts';
import { Deltas } from '../../../../../lib/index/query/parquet/delta.ts';
import { Bytes } from '../../../../../lib/index/store/parquet/bytes.ts';
import { encoder } from '../../../../../lib/index/store/parquet/encoder.ts';

function written(write: (out: Bytes) => void): Uint8Array {
  const out = new Bytes(1);
  write(out);
  return out.view();
}

/** Parquet's DELTA_BINARY_PACKED, read plainly, of any width. */
function readDeltas(bytes: Uint8Array): bigint[] {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const zigzag = () => {
    const value = varint();
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  };
  const [block, miniblocks, count] = [Number(varint()), Number(varint()), Number(varint())];
  const values = [zigzag()];
  while (values.length < count) {
    const least = zigzag();
    const widths = bytes.subarray(at, at + miniblocks);
    at += miniblocks;
    for (const width of widths) {
      const size = block / miniblocks;
      for (let i = 0; i < size && values.length < count; i++) {
        let delta = 0n;
        for (let bit = 0; bit < width; bit++) {
          const place = i * width + bit;
          delta |= BigInt((bytes[at + (place >> 3)]! >> (place & 7)) & 1) << BigInt(bit);
        }
        values.push(BigInt.asIntN(64, values.at(-1)! + least + delta));
      }
      at += (size * width) / 8;
    }
  }
  expect(at).toBe(bytes.length);
  return values;
}

const int32 = fc.oneof(
  fc.integer(),
  fc.integer({ min: -3, max: 300 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1),
);
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -9n, max: 9n }),
);
const sized = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof(
    fc.array(value, { minLength: 1, maxLength: 20 }),
    fc.array(value, { minLength: 100, maxLength: 400 }),
  );

it('writes deltas that give the values back', () => {
  fc.assert(
    fc.property(sized(int32), values => {
      encoder.take(Int32Array.from(values), values.length);
      expect(readDeltas(written(out => encoder.delta32(out)))).toEqual(values.map(BigInt));
    }),
  );
  fc.assert(
    fc.property(sized(int64), values => {
      encoder.take(BigInt64Array.from(values), values.length);
      expect(readDeltas(written(out => encoder.delta64(out)))).toEqual(values);
    }),
  );
});

it('spends no bits on values behind the last one', () => {
  encoder.take(Int32Array.of(10, 20, 30), 3);
  const header = [0x80, 1, 4, 3, 20];
  expect([...written(out => encoder.delta32(out))]).toEqual([...header, 20, 0, 0, 0, 0]);
});

it('writes what our own reader reads', () => {
  const values = Int32Array.from({ length: 1000 }, (_, i) => (i * 7919) % 5003);
  encoder.take(values, values.length);
  const deltas = new Deltas(new Cursor(written(out => encoder.delta32(out))));
  expect(Array.from(values, (_, i) => Number(deltas.first) + deltas.relative(i))).toEqual([...values]);
});

it('finds the least and the greatest value', () => {
  fc.assert(
    fc.property(sized(int32), sized(int64), (few, large) => {
      encoder.take(Int32Array.from(few), few.length);
      expect(encoder.range32()).toEqual([Math.min(...few), Math.max(...few)]);
      encoder.take(BigInt64Array.from(large), large.length);
      const sorted = [...large].sort((a, b) => (a < b ? -1 : 1));
      expect(encoder.range64()).toEqual([sorted[0], sorted.at(-1)]);
    }),
  );
});

it('packs values at any width', () => {
  const cases = fc.tuple(
    fc.integer({ min: 0, max: 32 }),
    fc.integer(),
    fc.array(fc.nat(2 ** 32 - 1), { minLength: 1 }),
  );
  fc.assert(
    fc.property(cases, ([width, base, numbers]) => {
      const parts = numbers.map(number => (width === 32 ? number : number % 2 ** width));
      encoder.take(
        Int32Array.from(parts, part => part + base),
        parts.length,
      );
      const bytes = written(out => encoder.pack32(base, width, out));
      expect(bytes.length).toBe(Math.ceil(parts.length / 8) * width);
      const bits = Array.from({ length: bytes.length * 8 }, (_, bit) => (bytes[bit >> 3]! >> (bit & 7)) & 1);
      const read = parts.map((_, i) =>
        bits.slice(i * width, (i + 1) * width).reduce((value, bit, place) => value + bit * 2 ** place, 0),
      );
      expect(read).toEqual(parts);
      expect(bits.slice(parts.length * width).every(bit => bit === 0)).toBe(true);
    }),
  );
});

it('takes more values than there was room for', () => {
  const values = BigInt64Array.from({ length: 300_000 }, (_, i) => BigInt(i) ** 3n);
  encoder.take(values, values.length);
  expect(readDeltas(written(out => encoder.delta64(out))).at(-1)).toBe(299_999n ** 3n);
});
