import { bitsAt, type Cursor, wideBitsAt } from './bits.ts';

/**
 * Parquet's DELTA_BINARY_PACKED, as our files have it: whole numbers, all within a range of 2^53. They are decoded as
 * far as they are asked for.
 */
export class Deltas {
  readonly first: bigint;
  readonly count: number;
  readonly #cursor: Cursor;
  readonly #miniblock: number; // values
  readonly #miniblocks: number; // of a block
  readonly #relative: Float64Array; // to `first`
  #decoded = 1;

  /** `cursor` is where the header begins; it is moved as values are decoded. */
  constructor(cursor: Cursor) {
    const block = cursor.varint();
    this.#miniblocks = cursor.varint();
    this.#miniblock = block / this.#miniblocks;
    this.count = cursor.varint();
    this.first = cursor.wideZigzag();
    this.#cursor = cursor;
    this.#relative = new Float64Array(this.count);
  }

  /** How much greater than the first value the one at `i` is. */
  relative(i: number): number {
    while (i >= this.#decoded) this.#decodeBlock();
    return this.#relative[i]!;
  }

  /** Decodes all values, which leaves the cursor behind them. */
  decodeAll(): void {
    while (this.#decoded < this.count) this.#decodeBlock();
  }

  #decodeBlock(): void {
    const cursor = this.#cursor;
    const relative = this.#relative;
    const least = cursor.zigzag();
    const widths = cursor.at;
    cursor.at += this.#miniblocks;
    let i = this.#decoded;
    let value = relative[i - 1]!;
    for (let miniblock = 0; miniblock < this.#miniblocks && i < this.count; miniblock++) {
      const width = cursor.bytes[widths + miniblock]!;
      const end = Math.min(this.count, i + this.#miniblock);
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
      cursor.at += (this.#miniblock * width) / 8;
    }
    this.#decoded = i;
  }
}
