/** Reading the columns of a batch cell by cell, whatever their encoding. */

import type { Batch, Column } from '../table.ts';

export class Texts {
  readonly #values: readonly unknown[];
  readonly #index: Int32Array | undefined;

  constructor(batch: Batch, name: string) {
    const column = batch.columns[name];
    this.#index = column && 'dictionary' in column ? column.index : undefined;
    this.#values = column === undefined ? [] : 'dictionary' in column ? column.dictionary : listOf(column);
  }

  at(row: number): string | null {
    const value = this.#values[this.#index === undefined ? row : this.#index[row]!];
    return typeof value === 'string' ? value : null;
  }
}

/** Numbers of any width, booleans as 0 and 1; null where the row has none. */
export class Numbers {
  readonly #values: ArrayLike<number | bigint> | undefined;
  readonly #nulls: Uint8Array | undefined;

  constructor(batch: Batch, name: string) {
    const column = batch.columns[name];
    if (column === undefined || 'dictionary' in column || Array.isArray(column.values)) return;
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
    if (column === undefined || 'dictionary' in column || !(column.values instanceof BigInt64Array)) return;
    this.#values = column.values;
    this.#nulls = 'nulls' in column ? column.nulls : undefined;
  }

  at(row: number): bigint | null {
    return this.#values === undefined || this.#nulls?.[row] === 1 ? null : this.#values[row]!;
  }
}

function listOf(column: Exclude<Column, { dictionary: string[] }>): readonly unknown[] {
  return Array.isArray(column.values) ? column.values : [];
}
