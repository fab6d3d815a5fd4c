import type { Column, ColumnType } from '../../table.ts';
import { packBooleans } from './bitpack.ts';
import { Bytes } from './bytes.ts';
import {
  type EncodedValues,
  encodeDouble,
  encodeFixedTexts,
  encodeInt32,
  encodeInt64,
  encodeStrings,
} from './values.ts';

/** Gathers the values of one leaf column until a row group is full; the present ones lie side by side. */
export interface ValueBuilder {
  readonly present: number;
  /** Copies rows `[start, end)` of a column. `levels[at + i]` becomes 1 where row i has a value, else 0. */
  append(column: Column, start: number, end: number, levels: Uint8Array, at: number): void;
  encode(dictionary: Bytes, out: Bytes): EncodedValues;
  clear(): void;
}

type Numbers =
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

class NumberBuilder<T extends Numbers> implements ValueBuilder {
  present = 0;
  #values: T;
  readonly #name: string;
  readonly #allocate: (size: number) => T;
  readonly #encode: (values: T, count: number, dictionary: Bytes, out: Bytes) => EncodedValues;

  constructor(
    name: string,
    allocate: (size: number) => T,
    encode: (values: T, count: number, dictionary: Bytes, out: Bytes) => EncodedValues,
  ) {
    this.#name = name;
    this.#allocate = allocate;
    this.#encode = encode;
    this.#values = allocate(1024);
  }

  append(column: Column, start: number, end: number, levels: Uint8Array, at: number): void {
    if (!('values' in column) || column.values.constructor !== this.#values.constructor) {
      throw new TypeError(`column ${this.#name} does not hold ${this.#values.constructor.name}`);
    }
    const source = column.values as T;
    const nulls = 'nulls' in column ? column.nulls : undefined;
    this.#grow(end - start);
    const values = this.#values;
    if (!nulls) {
      // The cast only joins the overloads of the four kinds of array; source and target are the same kind.
      (values as Int32Array).set((source as Int32Array).subarray(start, end), this.present);
      levels.fill(1, at, at + end - start);
      this.present += end - start;
      return;
    }
    let count = this.present;
    for (let row = start; row < end; row++) {
      const level = nulls[row] ? 0 : 1;
      levels[at + row - start] = level;
      values[count] = source[row]!;
      count += level;
    }
    this.present = count;
  }

  #grow(more: number): void {
    if (this.present + more <= this.#values.length) return;
    const larger = this.#allocate(Math.max(this.#values.length * 2, this.present + more));
    (larger as Int32Array).set((this.#values as Int32Array).subarray(0, this.present));
    this.#values = larger;
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    return this.#encode(this.#values, this.present, dictionary, out);
  }

  clear(): void {
    this.present = 0;
  }
}

function encodeBooleans(values: Uint8Array, count: number, _dictionary: Bytes, out: Bytes): EncodedValues {
  packBooleans(values, count, out);
  return { encoding: 'PLAIN', dictionarySize: 0 };
}

const SAMPLE = 1024;

/** Texts with their repetitions found, until a sample shows that there are next to none (uid, community_id). */
class StringBuilder implements ValueBuilder {
  present = 0;
  #entries: string[] = [];
  #known = new Map<string, number>();
  #indexes = new Int32Array(1024);
  #distinct = false;

  append(column: Column, start: number, end: number, levels: Uint8Array, at: number): void {
    if ('dictionary' in column) this.#appendIndexed(column, start, end, levels, at);
    else if ('values' in column)
      this.#appendTexts(column.values as (string | null)[], start, end, levels, at);
    else throw new TypeError('texts of one length follow others in one row group');
  }

  #appendTexts(values: (string | null)[], start: number, end: number, levels: Uint8Array, at: number): void {
    for (let row = start; row < end; row++) {
      const value = values[row];
      levels[at + row - start] = value == null ? 0 : 1;
      if (value != null) this.#push(this.#entry(value));
    }
  }

  #appendIndexed(
    column: { dictionary: readonly string[]; index: Int32Array },
    start: number,
    end: number,
    levels: Uint8Array,
    at: number,
  ): void {
    const entries = new Int32Array(column.dictionary.length).fill(-1);
    for (let row = start; row < end; row++) {
      const index = column.index[row]!;
      levels[at + row - start] = index < 0 ? 0 : 1;
      if (index < 0) continue;
      let entry = entries[index]!;
      if (entry < 0) {
        entry = this.#entry(column.dictionary[index]!);
        entries[index] = entry;
      }
      this.#push(entry);
    }
  }

  add(value: string): void {
    this.#push(this.#entry(value));
  }

  #entry(value: string): number {
    const entries = this.#entries;
    if (this.#distinct) return entries.push(value) - 1;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const entry = entries.push(value) - 1;
    this.#known.set(value, entry);
    if (entry === SAMPLE && this.present < SAMPLE * 1.1) this.#distinct = true;
    return entry;
  }

  #push(entry: number): void {
    if (this.present === this.#indexes.length) {
      const larger = new Int32Array(this.present * 2);
      larger.set(this.#indexes);
      this.#indexes = larger;
    }
    this.#indexes[this.present++] = entry;
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    return encodeStrings(this.#entries, this.#indexes, this.present, dictionary, out);
  }

  clear(): void {
    this.present = 0;
    this.#entries = [];
    this.#known = new Map();
    this.#distinct = false;
  }
}

/** Texts of one length: nothing to find among them, and their bytes as they come. */
class FixedTextBuilder implements ValueBuilder {
  readonly #bytes = new Bytes();
  readonly #width: number;

  constructor(width: number) {
    this.#width = width;
  }

  get present(): number {
    return this.#bytes.length / this.#width;
  }

  append(column: Column, start: number, end: number, levels: Uint8Array, at: number): void {
    if (!('bytes' in column) || column.width !== this.#width) {
      throw new TypeError(`column texts of ${this.#width} bytes are followed by others in one row group`);
    }
    this.#bytes.append(column.bytes.subarray(start * this.#width, end * this.#width));
    levels.fill(1, at, at + end - start);
  }

  encode(_dictionary: Bytes, out: Bytes): EncodedValues {
    return encodeFixedTexts(this.#bytes, this.#width, out);
  }

  clear(): void {
    this.#bytes.length = 0;
  }
}

/** Texts in whichever form the column of a row group has them. */
class TextBuilder implements ValueBuilder {
  #builder: ValueBuilder | undefined;

  get present(): number {
    return this.#builder?.present ?? 0;
  }

  append(column: Column, start: number, end: number, levels: Uint8Array, at: number): void {
    this.#builder ??= 'bytes' in column ? new FixedTextBuilder(column.width) : new StringBuilder();
    this.#builder.append(column, start, end, levels, at);
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    return this.#builder!.encode(dictionary, out);
  }

  clear(): void {
    this.#builder?.clear();
  }
}

/** A column whose rows hold lists: levels are counted per element, as Parquet's three-level lists have them. */
export class ListBuilder {
  readonly #texts: StringBuilder | undefined;
  #numbers: number[] = [];
  #definition: number[] = [];
  #repetition: number[] = [];
  #anyRow = false;
  rows = 0;

  constructor(type: 'list<string>' | 'list<double>') {
    this.#texts = type === 'list<string>' ? new StringBuilder() : undefined;
  }

  /** Rows `[start, end)` of a column, or as many rows without a list when there is none. */
  append(column: Column | undefined, start: number, end: number): void {
    const lists =
      column && 'values' in column ? (column.values as (string[] | number[] | null)[]) : undefined;
    for (let row = start; row < end; row++) {
      const list = lists?.[row];
      if (!list) {
        this.#level(0, 0);
        continue;
      }
      this.#anyRow = true;
      if (list.length === 0) this.#level(1, 0);
      for (let i = 0; i < list.length; i++) {
        const value = list[i]!;
        this.#level(3, i === 0 ? 0 : 1);
        if (typeof value === 'string') this.#texts?.add(value);
        else this.#numbers.push(value);
      }
    }
    this.rows += end - start;
  }

  #level(definition: number, repetition: number): void {
    this.#definition.push(definition);
    this.#repetition.push(repetition);
  }

  /** False while every row so far is without a list. */
  get used(): boolean {
    return this.#anyRow;
  }

  get definition(): Int32Array {
    return Int32Array.from(this.#definition);
  }

  get repetition(): Int32Array {
    return Int32Array.from(this.#repetition);
  }

  get present(): number {
    return this.#texts ? this.#texts.present : this.#numbers.length;
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    if (this.#texts) return this.#texts.encode(dictionary, out);
    return encodeDouble(Float64Array.from(this.#numbers), this.#numbers.length, dictionary, out);
  }

  clear(): void {
    this.#texts?.clear();
    this.#numbers = [];
    this.#definition = [];
    this.#repetition = [];
    this.#anyRow = false;
    this.rows = 0;
  }
}

export function createValueBuilder(name: string, type: ColumnType): ValueBuilder {
  switch (type) {
    case 'int32':
      return new NumberBuilder<Int32Array<ArrayBuffer>>(name, size => new Int32Array(size), encodeInt32);
    case 'int64':
    case 'timestamp':
      return new NumberBuilder(name, size => new BigInt64Array(size), encodeInt64);
    case 'double':
      return new NumberBuilder(name, size => new Float64Array(size), encodeDouble);
    case 'boolean':
      return new NumberBuilder<Uint8Array<ArrayBuffer>>(name, size => new Uint8Array(size), encodeBooleans);
    case 'string':
      return new TextBuilder();
    default:
      throw new TypeError(`column ${name} of type ${type} is a list`);
  }
}
