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

/** Numbers of any width, booleans as 0 and 1; null where the row has none. */
export class Numbers {
  readonly #values: ArrayLike<number | bigint> | undefined;
  readonly #nulls: Uint8Array | undefined;

  constructor(batch: Batch, name: string) {
    const column = batch.columns[name];
    if (column === undefined || !('values' in column) || Array.isArray(column.values)) return;
    this.#values = column.values;
    this.#nulls = 'nulls' in column ? column.nulls : undefined;
  }

  at(row: number): number | null {
    if (this.#values === undefined || this.#nulls?.[row] === 1) return null;
    return Number(this.#values[row]);
  }

  /** 0 where the row has none. */
  or0(row: number): number {
    return this.#values === undefined || this.#nulls?.[row] === 1 ? 0 : Number(this.#values[row]);
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
