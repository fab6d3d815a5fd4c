import type { Column } from '../../table.ts';
import type { Bytes } from './bytes.ts';
import { encodePacked, encodeRun } from './rle.ts';
import { StringBuilder } from './texts.ts';
import { type EncodedValues, encodeDouble } from './values.ts';
import { Float64Vector, Int32Vector } from './vectors.ts';

/** A column whose rows hold lists: levels are counted per element, as Parquet's three-level lists have them. */
export class ListBuilder {
  readonly #texts: StringBuilder | undefined;
  readonly #numbers = new Float64Vector();
  readonly #definition = new Int32Vector();
  readonly #repetition = new Int32Vector();
  #none = 0; // rows without a list, while there is no other

  constructor(type: 'list<string>' | 'list<double>') {
    this.#texts = type === 'list<string>' ? new StringBuilder() : undefined;
  }

  /** Rows `[start, end)` of a column, or as many rows without a list when there is none. */
  append(column: Column | undefined, start: number, end: number): void {
    if (!column || !('values' in column)) {
      this.#appendNone(end - start);
      return;
    }
    const lists = column.values as readonly (string[] | number[] | null)[];
    for (let row = start; row < end; row++) {
      const list = lists[row];
      if (list) this.#appendList(list);
      else this.#appendNone(1);
    }
  }

  #appendNone(rows: number): void {
    if (this.#definition.length === 0) this.#none += rows;
    else for (let row = 0; row < rows; row++) this.#level(0, 0);
  }

  #appendList(list: string[] | number[]): void {
    for (; this.#none > 0; this.#none--) this.#level(0, 0);
    if (list.length === 0) this.#level(1, 0);
    for (let i = 0; i < list.length; i++) {
      const value = list[i]!;
      this.#level(3, i === 0 ? 0 : 1);
      if (typeof value === 'string') this.#texts?.add(value);
      else this.#numbers.push(value);
    }
  }

  #level(definition: number, repetition: number): void {
    this.#definition.push(definition);
    this.#repetition.push(repetition);
  }

  get levels(): number {
    return this.#definition.length + this.#none;
  }

  get present(): number {
    return this.#texts ? this.#texts.present : this.#numbers.length;
  }

  encodeRepetition(out: Bytes): void {
    encode(this.#repetition, this.#none, 1, out);
  }

  encodeDefinition(out: Bytes): void {
    encode(this.#definition, this.#none, 2, out);
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    if (this.#texts) return this.#texts.encode(dictionary, out);
    return encodeDouble(this.#numbers.values, this.#numbers.length, dictionary, out);
  }

  clear(): void {
    this.#texts?.clear();
    this.#numbers.length = 0;
    this.#definition.length = 0;
    this.#repetition.length = 0;
    this.#none = 0;
  }
}

/** Levels of `width` bits; where there are none, `none` times zero. */
function encode(levels: Int32Vector, none: number, width: number, out: Bytes): void {
  if (levels.length === 0) encodeRun(0, none, width, out);
  else encodePacked(levels.values, levels.length, 0, width, out);
}
