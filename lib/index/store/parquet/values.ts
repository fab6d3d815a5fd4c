import type { Bytes } from './bytes.ts';
import { encoder } from './encoder.ts';
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
const MOST_SPAN = 2n ** 50n; // of what our own reader takes

/** 32-bit whole numbers: a dictionary of the whole range when that is small, else deltas. */
export function encodeInt32(values: Int32Array, count: number, dictionary: Bytes, out: Bytes): EncodedValues {
  encoder.take(values, count);
  const [min, max] = encoder.range32();
  const range = max - min;
  if (range === 0 || (range < SMALL_RANGE && count >= WORTH_A_DICTIONARY)) {
    for (let value = min; value <= max; value++) dictionary.int32(value);
    encodeIndexes(values, min, count, range, out);
    return { encoding: 'RLE_DICTIONARY', dictionarySize: range + 1, min, max };
  }
  encoder.delta32(out);
  return { encoding: 'DELTA_BINARY_PACKED', dictionarySize: 0, min, max };
}

/** The indexes `values[i] - min`, all from 0 to `range`, into a dictionary. */
export function encodeIndexes(
  values: Int32Array,
  min: number,
  count: number,
  range: number,
  out: Bytes,
): void {
  const width = 32 - Math.clz32(range);
  out.byte(width);
  if (range === 0) encodeRun(0, count, width, out);
  else encodePacked(values, count, min, width, out);
}

/** 64-bit whole numbers: deltas where they span less than 2^50 (13 days in nanoseconds), else as they are. */
export function encodeInt64(
  values: BigInt64Array<ArrayBuffer>,
  count: number,
  dictionary: Bytes,
  out: Bytes,
): EncodedValues {
  encoder.take(values, count);
  const [min, max] = encoder.range64();
  if (min === max) return encodeConstant(values, count, dictionary, out, { min, max });
  if (max - min >= MOST_SPAN) {
    out.append(new Uint8Array(values.buffer, values.byteOffset, count * 8));
    return { encoding: 'PLAIN', dictionarySize: 0, min, max };
  }
  encoder.delta64(out);
  return { encoding: 'DELTA_BINARY_PACKED', dictionarySize: 0, min, max };
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

export function encodeDouble(
  values: Float64Array<ArrayBuffer>,
  count: number,
  dictionary: Bytes,
  out: Bytes,
): EncodedValues {
  encoder.take(values, count);
  const { least: min, greatest: max, areNumbers } = encoder.rangeDouble();
  const statistics = min <= max ? { min, max } : {};
  if (areNumbers && min === max) return encodeConstant(values, count, dictionary, out, statistics);
  out.append(new Uint8Array(values.buffer, values.byteOffset, count * 8));
  return { encoding: 'PLAIN', dictionarySize: 0, ...statistics };
}

/** Whole numbers in no statistics: lengths of texts. */
export function encodeDeltas(values: Int32Array, count: number, out: Bytes): void {
  encoder.take(values, count);
  encoder.delta32(out);
}

/** Texts of `width` bytes each, one after the other. */
export function encodeFixedTexts(texts: Bytes, width: number, out: Bytes): EncodedValues {
  const count = texts.length / width;
  encodeDeltas(new Int32Array(count).fill(width), count, out);
  out.append(texts.view());
  return { encoding: 'DELTA_LENGTH_BYTE_ARRAY', dictionarySize: 0 };
}
