/** A column as the caller hands it in: numbers of texts, or of lists, by row, and what these are. */

import { allocateZero } from '../../../../assembly/heap';
import { clear, reserve } from './vector';

const VECTOR_BYTES: i32 = 12;
/** A text that has no entry yet. */
export const NONE: i32 = -1;

let input: i32 = 0; // vectors
let bytes: i32 = 0;

let at: i32 = 0; // of the index of the rows, which all else follows
export let rows: i32 = 0;
export let lists: i32 = 0;
let texts: i32 = 0;

export function openInput(): void {
  input = allocateZero(VECTOR_BYTES);
  bytes = allocateZero(VECTOR_BYTES);
}

/** Makes room for a column of so many rows and texts; without lists, rows have texts. Returns where the index of its rows is to be. */
export function prepare(ofRows: i32, ofTexts: i32, ofLists: i32): i32 {
  rows = ofRows;
  texts = ofTexts;
  lists = ofLists;
  clear(input);
  at = reserve(input, (2 * (rows + texts + 1) + lists) << 2);
  memory.fill(entriesAt(), 0xff, texts << 2); // NONE
  return at;
}

/** Room for the bytes of its texts, or its numbers. */
export function prepareBytes(length: i32): i32 {
  clear(bytes);
  return reserve(bytes, length);
}

/** By list, its first element; one more tells where the last one ends. */
export function startsAt(): i32 {
  return at + (rows << 2);
}

/** By text, where it begins among the bytes; one more tells where the last one ends. */
export function offsetsAt(): i32 {
  return startsAt() + ((lists + 1) << 2);
}

/** By text, its entry. */
function entriesAt(): i32 {
  return offsetsAt() + ((texts + 1) << 2);
}

/** By row, 1 where it has a text; a byte each. */
export function presentAt(): i32 {
  return entriesAt() + (texts << 2);
}

export function indexAt(row: i32): i32 {
  return load<i32>(at + (row << 2));
}

export function startOf(list: i32): i32 {
  return load<i32>(startsAt() + (list << 2));
}

export function startOfText(text: i32): i32 {
  return load<i32>(bytes) + load<i32>(offsetsAt() + (text << 2));
}

export function numberAt(element: i32): i32 {
  return load<i32>(bytes) + (element << 3);
}

export function entryOf(text: i32): i32 {
  return load<i32>(entriesAt() + (text << 2));
}

export function setEntry(text: i32, entry: i32): void {
  store<i32>(entriesAt() + (text << 2), entry);
}

/** Marks the rows that have a text; returns how many they are. */
export function look(): i32 {
  let present = 0;
  const marks = presentAt();
  for (let row = 0; row < rows; row++) {
    const isPresent = indexAt(row) >= 0;
    store<u8>(marks + row, i32(isPresent));
    present += i32(isPresent);
  }
  return present;
}
