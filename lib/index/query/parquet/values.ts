import { ENCODINGS } from '../../store/parquet/page-headers.ts';
import { TYPES } from '../../store/parquet/schema.ts';
import { Cursor, readHybrid } from './bits.ts';
import { Deltas } from './delta.ts';

/** The values of a column that are not null, by their number; a text is only made when it is asked for. */
export type Values = (i: number) => string | number | bigint | boolean;

/** Of one of TYPES and one of ENCODINGS; `cursor` is where the values begin in their page. */
export function readValues(
  type: number,
  encoding: number,
  dictionary: { count: number; bytes: Uint8Array } | undefined,
  cursor: Cursor,
  count: number,
): Values {
  if (encoding === ENCODINGS.RLE_DICTIONARY && dictionary) {
    const entries = remembered(plain(type, new Cursor(dictionary.bytes), dictionary.count));
    const width = cursor.bytes[cursor.at++]!;
    const indexes = readHybrid(cursor, width, count);
    return i => entries(indexes(i));
  }
  if (encoding === ENCODINGS.PLAIN) return plain(type, cursor, count);
  if (encoding === ENCODINGS.DELTA_BINARY_PACKED)
    return type === TYPES.INT64 ? wide(new Deltas(cursor)) : narrow(new Deltas(cursor));
  if (encoding === ENCODINGS.DELTA_LENGTH_BYTE_ARRAY) return deltaLengthTexts(cursor);
  throw new Error(`Parquet values of ${encoding} are not ours`);
}

function wide(deltas: Deltas): Values {
  return i => deltas.first + BigInt(deltas.relative(i));
}

function narrow(deltas: Deltas): Values {
  const base = Number(deltas.first);
  return i => base + deltas.relative(i);
}

function plain(type: number, cursor: Cursor, count: number): Values {
  const { bytes, at } = cursor;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.byteLength - at);
  switch (type) {
    case TYPES.INT32:
      return i => view.getInt32(i * 4, true);
    case TYPES.INT64:
      return i => view.getBigInt64(i * 8, true);
    case TYPES.DOUBLE:
      return i => view.getFloat64(i * 8, true);
    case TYPES.BOOLEAN:
      return i => ((view.getUint8(i >> 3) >> (i & 7)) & 1) === 1;
    case TYPES.BYTE_ARRAY:
      return plainTexts(bytes, view, at, count);
    default:
      throw new Error(`Parquet values of type ${type} are not ours`);
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Each preceded by its length. */
function plainTexts(bytes: Uint8Array, view: DataView, at: number, count: number): Values {
  const starts = new Int32Array(count + 1);
  for (let i = 0, start = 0; i < count; i++) {
    start += 4 + view.getInt32(start, true);
    starts[i + 1] = start;
  }
  return i => decoder.decode(bytes.subarray(at + starts[i]! + 4, at + starts[i + 1]!));
}

/** All lengths, then all texts. */
function deltaLengthTexts(cursor: Cursor): Values {
  const lengths = new Deltas(cursor);
  lengths.decodeAll();
  const first = Number(lengths.first);
  const ends = new Int32Array(lengths.count);
  let end = cursor.at;
  for (let i = 0; i < ends.length; i++) {
    end += first + lengths.relative(i);
    ends[i] = end;
  }
  const from = cursor.at;
  return i => decoder.decode(cursor.bytes.subarray(i === 0 ? from : ends[i - 1], ends[i]));
}

/** Makes each value once. */
function remembered(values: Values): Values {
  const made = new Map<number, string | number | bigint | boolean>();
  return i => {
    let value = made.get(i);
    if (value === undefined) {
      value = values(i);
      made.set(i, value);
    }
    return value;
  };
}
