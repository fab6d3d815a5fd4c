import { bitsAt, type Cursor, wideBitsAt } from './bits.ts';

/** Whole numbers: `first + relative[i]`. */
export interface Deltas {
  first: bigint;
  relative: Float64Array;
}

/** Parquet's DELTA_BINARY_PACKED, as our files have it: all within a range of 2^53. */
export function readDeltas(cursor: Cursor): Deltas {
  const block = cursor.varint();
  const miniblocks = cursor.varint();
  const count = cursor.varint();
  const first = cursor.wideZigzag();
  const relative = new Float64Array(count);
  const size = block / miniblocks;
  let value = 0;
  for (let i = 1; i < count; ) {
    const least = cursor.zigzag();
    const widths = cursor.at;
    cursor.at += miniblocks;
    for (let miniblock = 0; miniblock < miniblocks && i < count; miniblock++) {
      const width = cursor.bytes[widths + miniblock]!;
      const end = Math.min(count, i + size);
      let bit = cursor.at * 8;
      if (width <= 25) {
        for (; i < end; i++, bit += width) {
          value += least + bitsAt(cursor.bytes, bit, width);
          relative[i] = value;
        }
      } else {
        for (; i < end; i++, bit += width) {
          value += least + wideBitsAt(cursor.bytes, bit, width);
          relative[i] = value;
        }
      }
      cursor.at += (size * width) / 8;
    }
  }
  return { first, relative };
}
