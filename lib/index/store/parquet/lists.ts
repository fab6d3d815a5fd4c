import { listColumnOf } from '../../column-forms.ts';
import type { Column, ListColumn } from '../../table.ts';
import type { Bytes } from './bytes.ts';
import type { Gatherer } from './gather/gatherer.ts';
import { DEFINITION, NONE, NUMBERS, REPETITION } from './gather/layout.ts';
import { encodePacked, encodeRun } from './rle.ts';
import { StringBuilder } from './strings.ts';
import { type EncodedValues, encodeDouble } from './values.ts';

/** A column whose rows hold lists: levels are counted per element, as Parquet's three-level lists have them. */
export class ListBuilder {
  readonly #gatherer: Gatherer;
  readonly #lists: number;
  readonly #texts: StringBuilder | undefined;

  constructor(type: 'list<string>' | 'list<double>', gatherer: Gatherer) {
    this.#gatherer = gatherer;
    this.#lists = gatherer.exports.openLists();
    this.#texts = type === 'list<string>' ? new StringBuilder(gatherer) : undefined;
  }

  /** Rows `[start, end)` of a column, or as many rows without a list when there is none. */
  append(column: Column | undefined, start: number, end: number): void {
    const lists = column && listColumnOf(column, this.#texts !== undefined);
    if (lists) this.#add(lists, start, end);
    else this.#gatherer.exports.addNone(this.#lists, end - start);
  }

  #add({ elements, starts, index }: ListColumn, start: number, end: number): void {
    const { exports } = this.#gatherer;
    const rows = index.subarray(start, end);
    if (this.#texts && 'offsets' in elements) {
      const { offsets, bytes } = elements;
      const arrays = this.#gatherer.put([rows, starts, offsets, bytes]);
      exports.addTextLists(this.#lists, this.#texts.dictionary, rows.length, offsets.length - 1, arrays);
    } else if (elements instanceof Float64Array) {
      exports.addNumberLists(this.#lists, rows.length, this.#gatherer.put([rows, starts, elements]));
    }
  }

  get levels(): number {
    return this.#levelsOf(DEFINITION).length + this.#none;
  }

  get #none(): number {
    return this.#gatherer.integersAt(this.#lists + 4 * NONE, 1)[0]!;
  }

  get present(): number {
    return this.#texts ? this.#texts.present : this.#gatherer.vector(this.#lists, NUMBERS).length / 8;
  }

  encodeRepetition(out: Bytes): void {
    encode(this.#levelsOf(REPETITION), this.#none, 1, out);
  }

  encodeDefinition(out: Bytes): void {
    encode(this.#levelsOf(DEFINITION), this.#none, 2, out);
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    if (this.#texts) return this.#texts.encode(dictionary, out);
    const numbers = this.#gatherer.doubles(this.#lists, NUMBERS);
    return encodeDouble(numbers, numbers.length, dictionary, out);
  }

  /** Of the texts, in memory. */
  get size(): number {
    return this.#texts?.size ?? 0;
  }

  clear(): void {
    this.#texts?.clear();
    this.#gatherer.exports.clearLists(this.#lists);
  }

  #levelsOf(field: number): Int32Array<ArrayBuffer> {
    return this.#gatherer.integers(this.#lists, field);
  }
}

/** Levels of `width` bits; where there are none, `none` times zero. */
function encode(levels: Int32Array, none: number, width: number, out: Bytes): void {
  if (levels.length === 0) encodeRun(0, none, width, out);
  else encodePacked(levels, levels.length, 0, width, out);
}
