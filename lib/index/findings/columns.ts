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
}

/** Integers by row, 0 where there is none. */
export function integersOf(column: Column | undefined, rows: number): Int32Array {
  if (!column || !('values' in column) || !(column.values instanceof Int32Array)) return new Int32Array(rows);
  return cleared(column.values, 'nulls' in column ? column.nulls : undefined, 0);
}

/** As {@link integersOf}, of 64 bits. */
export function countsOf(column: Column | undefined, rows: number): BigInt64Array {
  if (!column || !('values' in column) || !(column.values instanceof BigInt64Array)) {
    return new BigInt64Array(rows);
  }
  return cleared(column.values, 'nulls' in column ? column.nulls : undefined, 0n);
}

/** The values themselves, if none is null. */
function cleared<T extends Int32Array | BigInt64Array>(
  values: T,
  nulls: Uint8Array | undefined,
  zero: T[number],
): T {
  if (!nulls?.includes(1)) return values;
  const copy = values.slice() as T;
  for (let row = nulls.indexOf(1); row >= 0; row = nulls.indexOf(1, row + 1)) copy[row] = zero;
  return copy;
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
