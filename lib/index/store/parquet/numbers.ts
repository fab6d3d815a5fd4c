import type { Column } from '../../table.ts';
import type { ValueBuilder } from './builders.ts';
import type { Bytes } from './bytes.ts';
import type { Levels } from './levels.ts';
import type { EncodedValues } from './values.ts';

type Numbers =
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** Gathers numbers of one kind; the present ones lie side by side. */
export class NumberBuilder<T extends Numbers> implements ValueBuilder {
  readonly #name: string;
  readonly #capacity: number;
  readonly #kind: new (
    size: number,
  ) => T;
  readonly #encode: (values: T, count: number, dictionary: Bytes, out: Bytes) => EncodedValues;
  #own: T | undefined; // kept from one row group to the next
  #values: T | undefined; // what is to be encoded: our own, or the column itself
  #present = 0;

  constructor(
    name: string,
    capacity: number,
    kind: new (size: number) => T,
    encode: (values: T, count: number, dictionary: Bytes, out: Bytes) => EncodedValues,
  ) {
    this.#name = name;
    this.#capacity = capacity;
    this.#kind = kind;
    this.#encode = encode;
  }

  append(column: Column, start: number, end: number, levels: Levels, whole: boolean): void {
    if (!('values' in column) || column.values.constructor !== this.#kind) {
      throw new TypeError(`column ${this.#name} does not hold ${this.#kind.name}`);
    }
    const source = column.values as T;
    const nulls = 'nulls' in column ? column.nulls : undefined;
    const present = nulls === undefined ? end - start : countZeros(nulls, start, end);
    if (present === 0) {
      levels.addNulls(end - start);
      return;
    }
    if (present === end - start) {
      levels.addPresent(present);
      // The casts only join the overloads of the four kinds of array; source and target are the same kind.
      const values = (source as Int32Array).subarray(start, end);
      if (whole) this.#values = values as Int32Array<ArrayBuffer> as T;
      else (this.#target() as Int32Array).set(values, this.#present);
    } else {
      const bits = levels.addMixed(end - start, present);
      const values = this.#target();
      let count = this.#present;
      for (let row = start; row < end; row++) {
        if (nulls![row] !== 0) continue;
        bits[row - start] = 1;
        values[count++] = source[row]!;
      }
    }
    this.#present += present;
  }

  #target(): T {
    this.#own ??= new this.#kind(this.#capacity);
    this.#values = this.#own;
    return this.#own;
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    return this.#encode(this.#values!, this.#present, dictionary, out);
  }

  clear(): void {
    this.#present = 0;
    this.#values = undefined;
  }
}

function countZeros(nulls: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let row = start; row < end; row++) if (nulls[row] === 0) count++;
  return count;
}
