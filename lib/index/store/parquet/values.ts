import { bitWidth } from './bitpack.ts';
import type { Bytes } from './bytes.ts';
import { encodeDelta, encodeWideDelta, NARROW } from './delta.ts';
import type { Encoding } from './page-headers.ts';
import { encodePacked, encodeRun } from './rle.ts';

/** How the present (not null) values of one column chunk were written. */
export interface EncodedValues {
  encoding: Encoding;
  dictionarySize: number; // entries; 0 without a dictionary
  min?: number | bigint;
  max?: number | bigint;
}

const SMALL_RANGE = 256;
const WORTH_A_DICTIONARY = 1024; // rows, for SMALL_RANGE
const EXACT = 2 ** 50; // differences of doubles are exact well above this

/** 32-bit whole numbers: a dictionary of the whole range when that is small, else deltas. */
export function encodeInt32(values: Int32Array, count: number, dictionary: Bytes, out: Bytes): EncodedValues {
  findRange(values, count);
  const min = least;
  const max = greatest;
  const range = max - min;
  if (range === 0 || (range < SMALL_RANGE && count >= WORTH_A_DICTIONARY)) {
    for (let value = min; value <= max; value++) dictionary.int32(value);
    encodeIndexes(values, min, count, range, out);
    return { encoding: 'RLE_DICTIONARY', dictionarySize: range + 1, min, max };
  }
  if (range < NARROW) encodeDelta(values, count, values[0]!, out);
  else encodeWideDelta(Float64Array.from(values.subarray(0, count)), count, values[0]!, out);
  return { encoding: 'DELTA_BINARY_PACKED', dictionarySize: 0, min, max };
}

// Loops are functions of their own: the compiler knows these by how often they are called, while one in the middle of a
// function is compiled for each call anew, and given up at its end.

let least = 0;
let greatest = 0;

/** Leaves the range of the values in `least` and `greatest`. */
function findRange(values: Int32Array, count: number): void {
  let min = values[0]!;
  let max = min;
  for (let i = 1; i < count; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  least = min;
  greatest = max;
}

/** The indexes `values[i] - min`, all from 0 to `range`, into a dictionary. */
function encodeIndexes(values: Int32Array, min: number, count: number, range: number, out: Bytes): void {
  const width = bitWidth(range);
  out.byte(width);
  if (range === 0) {
    encodeRun(0, count, width, out);
    return;
  }
  encodePacked(values, count, min, width, out);
}

/** 64-bit whole numbers: deltas where their span is exact in a double (13 days in nanoseconds), else as they are. */
export function encodeInt64(
  values: BigInt64Array<ArrayBuffer>,
  count: number,
  dictionary: Bytes,
  out: Bytes,
): EncodedValues {
  const relative = scratchDoubles(count);
  const base = values[0]!;
  subtractFirst(new Int32Array(values.buffer, values.byteOffset, count * 2), count, relative);
  const min = least;
  const max = greatest;
  const span = max - min;
  if (span >= EXACT) return encodePlainInt64(values, count, out);
  const statistics = { min: base + BigInt(min), max: base + BigInt(max) };
  if (span === 0) return encodeConstant(values, count, dictionary, out, statistics);
  if (span < NARROW) {
    const narrow = scratchIndexes(count);
    narrow.set(relative.subarray(0, count));
    encodeDelta(narrow, count, base, out);
  } else encodeWideDelta(relative, count, base, out);
  return { encoding: 'DELTA_BINARY_PACKED', dictionarySize: 0, ...statistics };
}

/** Differences to the first of 64-bit numbers that are given as two halves each; leaves their range, too. */
function subtractFirst(halves: Int32Array, count: number, differences: Float64Array): void {
  const low = halves[0]! >>> 0;
  const high = halves[1]!;
  let min = 0;
  let max = 0;
  for (let i = 0; i < count; i++) {
    const difference = (halves[2 * i + 1]! - high) * 4294967296 + ((halves[2 * i]! >>> 0) - low);
    differences[i] = difference;
    if (difference < min) min = difference;
    else if (difference > max) max = difference;
  }
  least = min;
  greatest = max;
}

/** One value of eight bytes, `count` times. */
function encodeConstant(
  values: BigInt64Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
  count: number,
  dictionary: Bytes,
  out: Bytes,
  statistics: { min?: number | bigint; max?: number | bigint },
): EncodedValues {
  dictionary.append(new Uint8Array(values.buffer, values.byteOffset, 8));
  out.byte(0);
  encodeRun(0, count, 0, out);
  return { encoding: 'RLE_DICTIONARY', dictionarySize: 1, ...statistics };
}

function encodePlainInt64(values: BigInt64Array<ArrayBuffer>, count: number, out: Bytes): EncodedValues {
  out.append(new Uint8Array(values.buffer, values.byteOffset, count * 8));
  let min = values[0]!;
  let max = min;
  for (let i = 1; i < count; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { encoding: 'PLAIN', dictionarySize: 0, min, max };
}

export function encodeDouble(
  values: Float64Array<ArrayBuffer>,
  count: number,
  dictionary: Bytes,
  out: Bytes,
): EncodedValues {
  findDoubleRange(values, count);
  const statistics = least <= greatest ? { min: least, max: greatest } : {};
  if (isSame(values, count)) return encodeConstant(values, count, dictionary, out, statistics);
  out.append(new Uint8Array(values.buffer, values.byteOffset, count * 8));
  return { encoding: 'PLAIN', dictionarySize: 0, ...statistics };
}

/** Leaves the range of the numbers among the values in `least` and `greatest`: of NaN alone there is none. */
function findDoubleRange(values: Float64Array, count: number): void {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  least = min;
  greatest = max;
}

function isSame(values: Float64Array, count: number): boolean {
  const first = values[0]!;
  for (let i = 0; i < count; i++) if (values[i] !== first) return false;
  return true;
}

/** Texts, given as `entries[indexes[i]]`: a dictionary where it saves at least half, else lengths and bytes. */
export function encodeStrings(
  entries: readonly string[],
  indexes: Int32Array,
  count: number,
  dictionary: Bytes,
  out: Bytes,
): EncodedValues {
  if (entries.length * 2 <= count || entries.length === 1) {
    for (const entry of entries) addEntry(entry, dictionary);
    encodeIndexes(indexes, 0, count, entries.length - 1, out);
    return { encoding: 'RLE_DICTIONARY', dictionarySize: entries.length };
  }
  const lengths = scratchIndexes(count);
  dictionary.length = 0;
  for (let i = 0; i < count; i++) lengths[i] = dictionary.text(entries[indexes[i]!]!);
  encodeDelta(lengths, count, lengths[0]!, out);
  out.append(dictionary.view());
  dictionary.length = 0;
  return { encoding: 'DELTA_LENGTH_BYTE_ARRAY', dictionarySize: 0 };
}

function addEntry(entry: string, dictionary: Bytes): void {
  const at = dictionary.length;
  dictionary.int32(0);
  dictionary.setInt32(at, dictionary.text(entry));
}

/** Texts of `width` bytes each, one after the other. */
export function encodeFixedTexts(texts: Bytes, width: number, out: Bytes): EncodedValues {
  const count = texts.length / width;
  encodeDelta(scratchIndexes(count).fill(width, 0, count), count, width, out);
  out.append(texts.view());
  return { encoding: 'DELTA_LENGTH_BYTE_ARRAY', dictionarySize: 0 };
}

let indexes = new Int32Array(0);
function scratchIndexes(count: number): Int32Array {
  if (indexes.length < count) indexes = new Int32Array(count);
  return indexes;
}

let doubles = new Float64Array(0);
function scratchDoubles(count: number): Float64Array {
  if (doubles.length < count) doubles = new Float64Array(count);
  return doubles;
}
