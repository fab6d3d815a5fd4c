/** Reading the columns of a batch cell by cell, whatever their encoding. */

import { type Batch, type Column, textAt } from '../table.ts';

export class Texts {
  readonly #column: Column | undefined;

  constructor(batch: Batch, name: string) {
    this.#column = batch.columns[name];
  }

  at(row: number): string | null {
    return this.#column === undefined ? null : (textAt(this.#column, row) ?? null);
  }
}

/** Numbers of up to 53 bits but not int64, booleans as 0 and 1; null where the row has none. */
export class Numbers {
  readonly #values: Int32Array | Float64Array | Uint8Array | undefined;
  readonly #nulls: Uint8Array | undefined;

  constructor(batch: Batch, name: string) {
    const column = batch.columns[name];
    if (column === undefined || !('values' in column)) return;
    const { values } = column;
    if (Array.isArray(values) || values instanceof BigInt64Array) return;
    this.#values = values;
    this.#nulls = 'nulls' in column ? column.nulls : undefined;
  }

  at(row: number): number | null {
    if (this.#values === undefined || this.#nulls?.[row] === 1) return null;
    return this.#values[row]!;
  }

  /** 0 where the row has none. */
  or0(row: number): number {
    return this.#values === undefined || this.#nulls?.[row] === 1 ? 0 : this.#values[row]!;
  }

  /** The same of rows from `first` on, an integer each. */
  copyTo(target: Int32Array, first: number): void {
    copyRows(this.#values, 1, this.#nulls, target, first);
  }
}

/** Whole numbers of a column of int64, exact up to 2^53, with no BigInt made on the way. */
export class Counts {
  readonly #words: Int32Array | undefined;
  readonly #nulls: Uint8Array | undefined;

  constructor(batch: Batch, name: string) {
    const column = batch.columns[name];
    if (column === undefined || !('values' in column) || !(column.values instanceof BigInt64Array)) return;
    const { buffer, byteOffset, length } = column.values;
    this.#words = new Int32Array(buffer, byteOffset, 2 * length);
    this.#nulls = 'nulls' in column ? column.nulls : undefined;
  }

  at(row: number): number | null {
    return this.#words === undefined || this.#nulls?.[row] === 1 ? null : this.or0(row);
  }

  /** 0 where the row has none. */
  or0(row: number): number {
    if (this.#words === undefined || this.#nulls?.[row] === 1) return 0;
    return (this.#words[2 * row]! >>> 0) + this.#words[2 * row + 1]! * 4294967296;
  }

  /** The same of rows from `first` on, two words each. */
  copyTo(target: Int32Array, first: number): void {
    copyRows(this.#words, 2, this.#nulls, target, first);
  }
}

/** Fills `target` with rows of so many elements, 0 for those that there are not. */
function copyRows(
  values: Int32Array | Float64Array | Uint8Array | undefined,
  width: number,
  nulls: Uint8Array | undefined,
  target: Int32Array,
  first: number,
): void {
  if (values === undefined) {
    target.fill(0);
    return;
  }
  target.set(values.subarray(first * width, first * width + target.length));
  if (nulls === undefined) return;
  const end = first + target.length / width;
  for (let row = nulls.indexOf(1, first); row >= 0 && row < end; row = nulls.indexOf(1, row + 1)) {
    target.fill(0, (row - first) * width, (row - first + 1) * width);
  }
}

export class Times {
  readonly #values: BigInt64Array | undefined;
  readonly #nulls: Uint8Array | undefined;

  constructor(batch: Batch, name: string) {
    const column = batch.columns[name];
    if (column === undefined || !('values' in column) || !(column.values instanceof BigInt64Array)) return;
    this.#values = column.values;
    this.#nulls = 'nulls' in column ? column.nulls : undefined;
  }

  at(row: number): bigint | null {
    return this.#values === undefined || this.#nulls?.[row] === 1 ? null : this.#values[row]!;
  }
}
