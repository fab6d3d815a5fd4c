import type { Column } from '../../table.ts';
import type { ValueBuilder } from './builders.ts';
import type { Bytes } from './bytes.ts';
import { encoder } from './encoder.ts';
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
    // The cast only joins the overloads of the four kinds of array.
    const values = (column.values as Int32Array<ArrayBuffer>).subarray(start, end) as T;
    const nulls = 'nulls' in column ? column.nulls?.subarray(start, end) : undefined;
    const { count, marks } = nulls ? encoder.present(nulls) : { count: end - start };
    if (count === 0) levels.addNulls(end - start);
    else if (count === end - start) {
      levels.addPresent(count);
      this.#add(values, whole);
    } else {
      const bits = levels.addMixed(end - start, count);
      bits.set(marks!);
      this.#addBytes(encoder.select(values, bits, count));
    }
    this.#present += count;
  }

  #add(values: T, whole: boolean): void {
    if (whole) this.#values = values;
    else this.#addBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  #addBytes(bytes: Uint8Array): void {
    const target = this.#target();
    new Uint8Array(target.buffer).set(bytes, this.#present * target.BYTES_PER_ELEMENT);
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
