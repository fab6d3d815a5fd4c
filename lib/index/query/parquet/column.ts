import { Cursor, type Numbers, readHybrid } from './bits.ts';
import type { ColumnChunk } from './footer.ts';
import { readPages } from './page.ts';
import { readValues, type Values } from './values.ts';

/** A value of a row; timestamps in nanoseconds since the epoch. */
export type Cell = string | number | bigint | boolean | (string | number | bigint | boolean)[] | null;

/** A column of a row group, decoded as far as it is asked. */
export type Column = (row: number) => Cell;

/** `bytes`: those of the chunk. */
export function readColumn({ type, isList, codec }: ColumnChunk, bytes: Uint8Array): Column {
  if (codec !== 0) throw new Error(`Parquet with codec ${codec} is not ours`);
  const { dictionary, count, encoding, body } = readPages(bytes);
  const cursor = new Cursor(body);
  if (isList) {
    const repetition = expanded(readLevels(cursor, 1, count), count);
    const definition = expanded(readLevels(cursor, 2, count), count);
    const present = countOf(definition, 3);
    if (present === 0 && countOf(definition, 0) === count) return () => null;
    return lists(repetition, definition, valuesOf(present));
  }
  const definition = readLevels(cursor, 1, count);
  if (definition === 1) return valuesOf(count);
  if (definition === 0) return () => null;
  const levels = expanded(definition, count);
  return optional(levels, valuesOf(countOf(levels, 1)));

  function valuesOf(present: number): Values {
    return present === 0 ? () => 0 : readValues(type, encoding, dictionary, cursor, present);
  }
}

/** Levels of a page; a number where all are the same, as they mostly are. */
type Levels = Numbers | number;

/** In a data page of version 1 the length of the levels is in front of them. */
function readLevels(cursor: Cursor, width: number, count: number): Levels {
  const { bytes, at } = cursor;
  cursor.at += 4 + new DataView(bytes.buffer, bytes.byteOffset + at, 4).getInt32(0, true);
  const run = new Cursor(bytes, at + 4);
  const head = run.varint();
  if (head % 2 === 0 && head / 2 >= count) return bytes[run.at]!;
  return readHybrid(new Cursor(bytes, at + 4), width, count);
}

function expanded(levels: Levels, count: number): Int32Array {
  const each = new Int32Array(count);
  if (typeof levels === 'number') return each.fill(levels);
  for (let i = 0; i < count; i++) each[i] = levels(i);
  return each;
}

function countOf(levels: Int32Array, wanted: number): number {
  let found = 0;
  for (let i = 0; i < levels.length; i++) if (levels[i] === wanted) found++;
  return found;
}

function optional(definition: Int32Array, values: Values): Column {
  const places = new Int32Array(definition.length);
  for (let row = 0, place = 0; row < places.length; row++) places[row] = definition[row] === 1 ? place++ : -1;
  return row => (places[row]! < 0 ? null : values(places[row]!));
}

/** Three-level lists: definition 0 is no list, 1 an empty one, 3 an element; repetition 0 begins a row. */
function lists(repetition: Int32Array, definition: Int32Array, values: Values): Column {
  const levels: number[] = []; // where a row begins among the levels
  const places: number[] = []; // and among the values
  let place = 0;
  for (let i = 0; i < definition.length; i++) {
    if (repetition[i] === 0) {
      levels.push(i);
      places.push(place);
    }
    if (definition[i] === 3) place++;
  }
  places.push(place);
  return row => {
    if (definition[levels[row]!] === 0) return null;
    const list = [];
    for (let i = places[row]!; i < places[row + 1]!; i++) list.push(values(i));
    return list;
  };
}
