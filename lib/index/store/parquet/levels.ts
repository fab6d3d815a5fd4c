import type { Bytes } from './bytes.ts';
import { encodePackedBits, encodeRun } from './rle.ts';

/** Which rows of a row group have a value. Nothing is kept of each row until two of them differ. */
export class Levels {
  readonly #capacity: number;
  #bits: Uint8Array<ArrayBuffer> | undefined; // kept from one row group to the next
  #mixed = false;
  rows = 0;
  present = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Rows that all have a value. */
  addPresent(count: number): void {
    if (this.#mixed || this.present < this.rows) this.#differing().fill(1, this.rows, this.rows + count);
    this.rows += count;
    this.present += count;
  }

  /** Rows without a value. */
  addNulls(count: number): void {
    if (this.#mixed || this.present > 0) this.#differing().fill(0, this.rows, this.rows + count);
    this.rows += count;
  }

  /** Rows of which `present` have a value; the caller sets a one for each of these, in what is returned. */
  addMixed(count: number, present: number): Uint8Array {
    const bits = this.#differing()
      .subarray(this.rows, this.rows + count)
      .fill(0);
    this.rows += count;
    this.present += present;
    return bits;
  }

  #differing(): Uint8Array {
    this.#bits ??= new Uint8Array(this.#capacity);
    if (!this.#mixed) this.#bits.fill(this.present > 0 ? 1 : 0, 0, this.rows);
    this.#mixed = true;
    return this.#bits;
  }

  encode(out: Bytes): void {
    if (this.present === 0 || this.present === this.rows)
      encodeRun(this.present > 0 ? 1 : 0, this.rows, 1, out);
    else encodePackedBits(this.#bits!, this.rows, out);
  }

  clear(): void {
    this.#mixed = false;
    this.rows = 0;
    this.present = 0;
  }
}
