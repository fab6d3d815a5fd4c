import { PLACES, TEXTS } from '../../assembly/layout.ts';
import { textColumnOf } from '../../column-forms.ts';
import type { Column } from '../../table.ts';
import type { ValueBuilder } from './builders.ts';
import type { Bytes } from './bytes.ts';
import type { Gatherer } from './gather/gatherer.ts';
import { INDEXES } from './gather/layout.ts';
import type { Levels } from './levels.ts';
import { type EncodedValues, encodeDeltas, encodeIndexes } from './values.ts';

/** Texts of any length: a dictionary of those that are not the same, and which of them each row has. */
export class StringBuilder implements ValueBuilder {
  readonly #gatherer: Gatherer;
  /** In the gatherer's memory. */
  readonly dictionary: number;

  constructor(gatherer: Gatherer) {
    this.#gatherer = gatherer;
    this.dictionary = gatherer.exports.openDictionary();
  }

  append(column: Column, start: number, end: number, levels: Levels): void {
    const { texts, index } = textColumnOf(column, end);
    const rows = end - start;
    const { exports } = this.#gatherer;
    const arrays = this.#gatherer.put([index.subarray(start, end), texts.offsets, texts.bytes]);
    const present = exports.addTexts(this.dictionary, rows, texts.offsets.length - 1, arrays);
    if (present === 0) levels.addNulls(rows);
    else if (present === rows) levels.addPresent(rows);
    else {
      const marks = exports.marksAt();
      levels.addMixed(rows, present).set(this.#gatherer.bytes.subarray(marks, marks + rows));
    }
  }

  /** Of the texts, in memory. */
  get size(): number {
    return this.#gatherer.exports.textBytes(this.dictionary);
  }

  /** How many elements or rows have a text. */
  get present(): number {
    return this.#gatherer.exports.presentOf(this.dictionary);
  }

  /** A dictionary where it saves at least half, else lengths and bytes. */
  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    const entries = this.#gatherer.vector(this.dictionary, PLACES).length / 4;
    const count = this.present;
    if (entries * 2 > count && entries > 1) return this.#encodePlain(count, out);
    dictionary.append(this.#gatherer.vector(this.dictionary, TEXTS));
    encodeIndexes(this.#gatherer.integers(this.dictionary, INDEXES), 0, count, entries - 1, out);
    return { encoding: 'RLE_DICTIONARY', dictionarySize: entries };
  }

  #encodePlain(count: number, out: Bytes): EncodedValues {
    const { exports } = this.#gatherer;
    const size = exports.plainBytes(this.dictionary);
    const block = exports.borrow(4 * count + size);
    const texts = block + 4 * count;
    exports.writePlain(this.dictionary, block, texts);
    encodeDeltas(this.#gatherer.integersAt(block, count), count, out);
    out.append(this.#gatherer.bytes.subarray(texts, texts + size));
    exports.release(block, 4 * count + size);
    return { encoding: 'DELTA_LENGTH_BYTE_ARRAY', dictionarySize: 0 };
  }

  clear(): void {
    if (this.present === 0) return;
    this.#gatherer.exports.clearDictionary(this.dictionary);
  }
}
