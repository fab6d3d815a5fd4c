import type { Column, DictionaryColumn, KeptTexts } from '../../table.ts';
import type { ValueBuilder } from './builders.ts';
import { Bytes } from './bytes.ts';
import type { Levels } from './levels.ts';
import { type EncodedValues, encodeFixedTexts, encodeStrings } from './values.ts';
import { Int32Vector } from './vectors.ts';

const SAMPLE = 1024;
const FEW_REPETITIONS = 1.1; // rows of a text
const KEPT = 1 << 15; // texts of a source whose entries are remembered

/** Texts with their repetitions found, until a sample shows that there are next to none. */
export class StringBuilder implements ValueBuilder {
  readonly #indexes = new Int32Vector();
  #entries: string[] = [];
  #known = new Map<string, number>();
  #distinct = false;
  #source: object | undefined; // of the texts that have a place in the following
  #keptEntries = new Int32Array(0); // plus 1, 0 for none

  append(column: Column, start: number, end: number, levels: Levels): void {
    if ('dictionary' in column) this.#appendIndexed(column, start, end, levels);
    else if ('values' in column) this.#appendTexts(column.values as (string | null)[], start, end, levels);
    else throw new TypeError('texts of one length follow others in one row group');
  }

  #appendTexts(values: readonly (string | null)[], start: number, end: number, levels: Levels): void {
    let present = 0;
    for (let row = start; row < end; row++) if (values[row] != null) present++;
    const bits = marks(levels, end - start, present);
    if (present === 0) return;
    this.#indexes.reserve(present);
    for (let row = start; row < end; row++) {
      const value = values[row];
      if (value == null) continue;
      if (bits) bits[row - start] = 1;
      this.add(value);
    }
  }

  #appendIndexed(
    { dictionary, index, kept }: DictionaryColumn,
    start: number,
    end: number,
    levels: Levels,
  ): void {
    const present = countPresent(index, start, end);
    const bits = marks(levels, end - start, present);
    if (present === 0) return;
    if (bits) markPresent(index, start, end, bits);
    const entries = new Int32Array(dictionary.length);
    const used = markUsed(index, start, end, entries);
    if (used > SAMPLE && present < used * FEW_REPETITIONS) this.#distinct = true;
    if (kept) this.#enterKept(dictionary, entries, kept);
    else this.#enter(dictionary, entries);
    this.#indexes.reserve(present);
    const { values, length } = this.#indexes;
    this.#indexes.length = translate(index, start, end, entries, values, length);
  }

  /** Puts the entries of the texts that are marked in place of the marks. */
  #enter(dictionary: readonly string[], entries: Int32Array): void {
    for (let number = 0; number < entries.length; number++) {
      if (entries[number] !== 0) entries[number] = this.#entry(dictionary[number]!);
    }
  }

  /** As {@link #enter}, where most texts were met before. */
  #enterKept(dictionary: readonly string[], entries: Int32Array, { source, numbers }: KeptTexts): void {
    if (source !== this.#source) {
      this.#source = source;
      this.#keptEntries = new Int32Array(KEPT);
    }
    const known = this.#keptEntries;
    for (let number = 0; number < entries.length; number++) {
      if (entries[number] === 0) continue;
      const place = numbers[number]!;
      let entry = place < KEPT ? known[place]! - 1 : -1;
      if (entry < 0) {
        entry = this.#entry(dictionary[number]!);
        if (place < KEPT) known[place] = entry + 1;
      }
      entries[number] = entry;
    }
  }

  add(value: string): void {
    const entry = this.#entry(value);
    this.#indexes.push(entry);
    if (entry === SAMPLE && this.present < SAMPLE * FEW_REPETITIONS) this.#distinct = true;
  }

  get present(): number {
    return this.#indexes.length;
  }

  #entry(value: string): number {
    const entries = this.#entries;
    if (this.#distinct) return entries.push(value) - 1;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const entry = entries.push(value) - 1;
    this.#known.set(value, entry);
    return entry;
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    return encodeStrings(this.#entries, this.#indexes.values, this.present, dictionary, out);
  }

  clear(): void {
    if (this.present === 0) return;
    this.#indexes.length = 0;
    this.#entries = [];
    this.#known = new Map();
    this.#source = undefined;
    this.#distinct = false;
  }
}

function countPresent(index: Int32Array, start: number, end: number): number {
  let present = 0;
  for (let row = start; row < end; row++) if (index[row]! >= 0) present++;
  return present;
}

function markPresent(index: Int32Array, start: number, end: number, bits: Uint8Array): void {
  for (let row = start; row < end; row++) if (index[row]! >= 0) bits[row - start] = 1;
}

/** Marks the numbers that occur; returns how many they are. */
function markUsed(index: Int32Array, start: number, end: number, marks: Int32Array): number {
  let used = 0;
  for (let row = start; row < end; row++) {
    const number = index[row]!;
    if (number < 0 || marks[number] !== 0) continue;
    marks[number] = 1;
    used++;
  }
  return used;
}

/** Writes the entry of each row that has a text, from `at` on; returns where it ended. */
function translate(
  index: Int32Array,
  start: number,
  end: number,
  entries: Int32Array,
  out: Int32Array,
  at: number,
): number {
  let next = at;
  for (let row = start; row < end; row++) if (index[row]! >= 0) out[next++] = entries[index[row]!]!;
  return next;
}

/** Counts rows in; where only some have a value, a place to mark each of these with a one. */
function marks(levels: Levels, rows: number, present: number): Uint8Array | undefined {
  if (present === 0) levels.addNulls(rows);
  else if (present === rows) levels.addPresent(rows);
  else return levels.addMixed(rows, present);
  return undefined;
}

/** Texts of one length: nothing to find among them, and their bytes as they come. */
class FixedTextBuilder implements ValueBuilder {
  readonly #bytes: Bytes;
  readonly #width: number;

  constructor(width: number, capacity: number) {
    this.#bytes = new Bytes(capacity * width);
    this.#width = width;
  }

  append(column: Column, start: number, end: number, levels: Levels): void {
    if (!('bytes' in column) || column.width !== this.#width) {
      throw new TypeError(`column texts of ${this.#width} bytes are followed by others in one row group`);
    }
    this.#bytes.append(column.bytes.subarray(start * this.#width, end * this.#width));
    levels.addPresent(end - start);
  }

  encode(_dictionary: Bytes, out: Bytes): EncodedValues {
    return encodeFixedTexts(this.#bytes, this.#width, out);
  }

  clear(): void {
    this.#bytes.length = 0;
  }
}

/** Texts in whichever form the first column of a file has them. */
export class TextBuilder implements ValueBuilder {
  readonly #capacity: number;
  #builder: ValueBuilder | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  append(column: Column, start: number, end: number, levels: Levels, whole: boolean): void {
    this.#builder ??=
      'bytes' in column ? new FixedTextBuilder(column.width, this.#capacity) : new StringBuilder();
    this.#builder.append(column, start, end, levels, whole);
  }

  encode(dictionary: Bytes, out: Bytes): EncodedValues {
    return this.#builder!.encode(dictionary, out);
  }

  clear(): void {
    this.#builder?.clear();
  }
}
