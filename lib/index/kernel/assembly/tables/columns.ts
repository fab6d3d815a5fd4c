/** Columns of the rows that applications write; how they lie in memory is told by tables.ts of the kernel. */

import { byte, isEqual } from '../../../assembly/bytes';
import * as at from '../../tables';

/** Some column has so many texts, or elements of lists, that its batch is to be handed on. */
export let isTight: bool = false;

/** Of a text; the longest there are, of targets of HTTP with every byte escaped, take half of it. */
const MOST_TEXT: i32 = 32768;
/** With which a batch ends; those of one message take up to 600,000 more, for which there is room. */
const MANY_ANSWERS_TEXT: i32 = 1048576;

function slot(column: i32): i32 {
  return at.COLUMNS_AT + column * at.COLUMN_BYTES;
}

function textsOf(column: i32): i32 {
  return at.TEXTS_AT + column * at.COLUMN_TEXTS;
}

function setNull(column: i32, row: i32, isNull: bool): void {
  store<u8>(slot(column) + at.NULLS_AT + row, isNull ? 1 : 0);
}

export function setByte(column: i32, row: i32, value: i32): void {
  store<u8>(slot(column) + row, <u8>value);
}

export function setInteger(column: i32, row: i32, value: i32): void {
  store<i32>(slot(column) + (row << 2), value);
  setNull(column, row, false);
}

export function setDouble(column: i32, row: i32, value: f64): void {
  store<f64>(slot(column) + (row << 3), value);
  setNull(column, row, false);
}

/** A whole number that is exact in a double. */
export function setLong(column: i32, row: i32, value: f64): void {
  store<i64>(slot(column) + (row << 3), <i64>value);
  setNull(column, row, false);
}

export function setTime(column: i32, row: i32, nanoseconds: i64): void {
  store<i64>(slot(column) + (row << 3), nanoseconds);
}

/** Of a column of integers: the row has none. */
export function setNoInteger(column: i32, row: i32): void {
  store<i32>(slot(column) + (row << 2), 0);
  setNull(column, row, true);
}

/** Of one of doubles or longs. */
export function setNoNumber(column: i32, row: i32): void {
  store<i64>(slot(column) + (row << 3), 0);
  setNull(column, row, true);
}

/** Where the bytes of a row are, of a column whose texts have one width. */
export function placeOf(column: i32, row: i32, width: i32): i32 {
  return slot(column) + row * width;
}

/** Of a column of texts or codes: the row has none. */
export function setNone(column: i32, row: i32): void {
  store<i32>(slot(column) + (row << 2), -1);
}

/** Texts that come again soon have one entry. */
export function setText(column: i32, row: i32, start: i32, size: i32): void {
  const own = slot(column);
  const length = min(size, MOST_TEXT);
  const recent = own + at.RECENT_AT + (hashOf(start, length) << 2);
  const number = load<i32>(recent) - 1;
  if (number >= 0) {
    const known = entryOf(own, number);
    if (entryOf(own, number + 1) - known === length && isEqual(textsOf(column) + known, start, length)) {
      store<i32>(own + (row << 2), number);
      return;
    }
  }
  const added = countOf(own, at.ENTRY_COUNT_AT);
  const used = entryOf(own, added);
  memory.copy(textsOf(column) + used, start, length);
  setCountOf(own, at.ENTRY_COUNT_AT, added + 1);
  setEntry(own, added + 1, used + length);
  setCountOf(own, at.TEXT_BYTES_AT, used + length);
  if (used + length > at.COLUMN_TEXTS - MOST_TEXT) isTight = true;
  store<i32>(recent, added + 1);
  store<i32>(own + (row << 2), added);
}

/** A text of the heap (see `save`), or none for 0. */
export function setSaved(column: i32, row: i32, saved: i32): void {
  if (saved === 0) setNone(column, row);
  else setText(column, row, saved + 4, load<i32>(saved));
}

/** A number that the callers have a name for. */
export function setCode(column: i32, row: i32, code: i32): void {
  const own = slot(column);
  const recent = own + at.RECENT_AT + ((code & (at.RECENT - 1)) << 2);
  let number = load<i32>(recent) - 1;
  if (number < 0 || entryOf(own, number) !== code) {
    number = countOf(own, at.ENTRY_COUNT_AT);
    setCountOf(own, at.ENTRY_COUNT_AT, number + 1);
    setEntry(own, number, code);
    store<i32>(recent, number + 1);
  }
  store<i32>(own + (row << 2), number);
}

function entryOf(own: i32, number: i32): i32 {
  return load<i32>(own + at.ENTRIES_AT + (number << 2));
}

function setEntry(own: i32, number: i32, value: i32): void {
  store<i32>(own + at.ENTRIES_AT + (number << 2), value);
}

function countOf(own: i32, field: i32): i32 {
  return load<i32>(own + field);
}

function setCountOf(own: i32, field: i32, count: i32): void {
  store<i32>(own + field, count);
}

/** From the length and five of the bytes. */
function hashOf(start: i32, length: i32): i32 {
  if (length === 0) return 0;
  let hash: u32 = length;
  hash = hash * 31 + byte(start);
  hash = hash * 31 + byte(start + (length >> 2));
  hash = hash * 31 + byte(start + (length >> 1));
  hash = hash * 31 + byte(start + length - (length > 2 ? 2 : 1));
  hash = hash * 31 + byte(start + length - 1);
  return (hash ^ (hash >> 8)) & (at.RECENT - 1);
}

/** Of a column of lists: the row has one, to which elements are added after this. */
export function beginList(column: i32, row: i32): void {
  const own = slot(column);
  const number = countOf(own, at.ENTRY_COUNT_AT);
  store<i32>(own + (row << 2), number);
  setCountOf(own, at.ENTRY_COUNT_AT, number + 1);
  setEntry(own, number + 1, countOf(own, at.ELEMENT_COUNT_AT));
}

export function addListedText(column: i32, offsets: i32, start: i32, length: i32): void {
  const own = slot(column);
  const offset = offsets + (addElement(own) << 2);
  const used = load<i32>(offset);
  memory.copy(textsOf(column) + used, start, length);
  store<i32>(offset, used + length, 4);
  setCountOf(own, at.TEXT_BYTES_AT, used + length);
  if (used + length > MANY_ANSWERS_TEXT) isTight = true;
}

export function addListedNumber(column: i32, values: i32, value: f64): void {
  store<f64>(values + (addElement(slot(column)) << 3), value);
}

/** To the list that was begun last; returns which element it is. */
function addElement(own: i32): i32 {
  const number = countOf(own, at.ELEMENT_COUNT_AT);
  setCountOf(own, at.ELEMENT_COUNT_AT, number + 1);
  setEntry(own, countOf(own, at.ENTRY_COUNT_AT), number + 1);
  if (number + 1 > at.LIST_ELEMENTS - at.MOST_ELEMENTS) isTight = true;
  return number;
}

/** Copies what `rows` have of a column, to where another has its texts. */
export function copyColumn(column: i32, rows: i32, width: i32, to: i32, texts: i32): void {
  const own = slot(column);
  memory.copy(to, own, rows * width);
  memory.copy(to + at.NULLS_AT, own + at.NULLS_AT, rows);
  const counts = at.ENTRIES_AT - at.ENTRY_COUNT_AT;
  memory.copy(to + at.ENTRY_COUNT_AT, own + at.ENTRY_COUNT_AT, counts);
  memory.copy(to + at.ENTRIES_AT, own + at.ENTRIES_AT, (countOf(own, at.ENTRY_COUNT_AT) + 1) << 2);
  memory.copy(texts, textsOf(column), countOf(own, at.TEXT_BYTES_AT));
}

export function elementCount(column: i32): i32 {
  return countOf(slot(column), at.ELEMENT_COUNT_AT);
}

/** The batch was read: a column of it, of any kind. */
export function clear(column: i32): void {
  const own = slot(column);
  memory.fill(own + at.RECENT_AT, 0, at.RECENT << 2);
  setCountOf(own, at.ENTRY_COUNT_AT, 0);
  setCountOf(own, at.ELEMENT_COUNT_AT, 0);
  setCountOf(own, at.TEXT_BYTES_AT, 0);
  isTight = false;
}
