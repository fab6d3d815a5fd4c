/** Texts of a column, each once, and which of them each row has (see layout.ts). */

import { allocate, allocateZero } from '../../../../assembly/heap';
import { clearTexts, numberText, textAt } from '../../../../assembly/texts';
import { clear, openVector, push, reserve, use, usedOf } from '../../../../assembly/vector';
import { DICTIONARY_INTEGERS, INDEXES } from '../layout';

/** A text of the batch that was not met yet. */
const UNKNOWN: i32 = -1;

let entries: i32 = 0; // a vector, by text of the batch: its number in the dictionary
let marks: i32 = 0; // a vector, by row

// The texts of the batch: where they begin, and their bytes.
let offsets: i32 = 0;
let bytes: i32 = 0;

export function openMarks(): void {
  entries = openVector();
  marks = openVector();
}

function indexesOf(dictionary: i32): i32 {
  return dictionary + (INDEXES << 2);
}

export function openDictionary(): i32 {
  return allocateZero(DICTIONARY_INTEGERS << 2);
}

/** Empties it; the memory is kept. */
export function clearDictionary(dictionary: i32): void {
  clearTexts(dictionary);
  clear(indexesOf(dictionary));
}

/** How many rows, or elements of lists, have a text. */
export function presentOf(dictionary: i32): i32 {
  return usedOf(indexesOf(dictionary)) >> 2;
}

/** By row of the column that was added last, 1 where it has a text; a byte each. */
export function marksAt(): i32 {
  return load<i32>(marks);
}

/**
 * Adds the rows of a column; returns how many of them have a text. `arrays`: by row, the number of its text, -1 for none;
 * where each of the `texts` begins, and one more for where the last one ends; their bytes.
 */
export function addTexts(dictionary: i32, rows: i32, texts: i32, arrays: i32): i32 {
  const index = load<i32>(arrays);
  useTexts(texts, load<i32>(arrays, 4), load<i32>(arrays, 8));
  clear(marks);
  const mark = reserve(marks, rows);
  const begin = reserve(indexesOf(dictionary), rows << 2);
  let at = begin;
  for (let row = 0; row < rows; row++) {
    const text = load<i32>(index + (row << 2));
    store<u8>(mark + row, i32(text >= 0));
    if (text < 0) continue;
    store<i32>(at, entryOf(dictionary, text));
    at += 4;
  }
  use(indexesOf(dictionary), at - begin);
  return (at - begin) >> 2;
}

/** The texts that follow are those of another batch. */
export function useTexts(count: i32, newOffsets: i32, newBytes: i32): void {
  offsets = newOffsets;
  bytes = newBytes;
  clear(entries);
  memory.fill(reserve(entries, count << 2), 0xff, count << 2); // UNKNOWN
}

/** Adds a text, by its number in the batch. */
export function addText(dictionary: i32, text: i32): void {
  push(indexesOf(dictionary), entryOf(dictionary, text));
}

function entryOf(dictionary: i32, text: i32): i32 {
  const known = load<i32>(entries) + (text << 2);
  if (load<i32>(known) === UNKNOWN) {
    const start = load<i32>(offsets + (text << 2));
    const length = load<i32>(offsets + (text << 2), 4) - start;
    store<i32>(known, numberText(dictionary, bytes + start, length));
  }
  return load<i32>(known);
}

/** How many bytes the texts of all rows have together. */
export function plainBytes(dictionary: i32): i32 {
  const indexes = indexesOf(dictionary);
  let size = 0;
  for (let i = 0; i < usedOf(indexes); i += 4) {
    size += load<i32>(textAt(dictionary, load<i32>(load<i32>(indexes) + i)));
  }
  return size;
}

/** The texts of all rows: their lengths to `lengths`, four bytes each, their bytes to `texts`. */
export function writePlain(dictionary: i32, lengths: i32, texts: i32): void {
  const indexes = indexesOf(dictionary);
  let to = texts;
  for (let i = 0; i < usedOf(indexes); i += 4) {
    const text = textAt(dictionary, load<i32>(load<i32>(indexes) + i));
    const length = load<i32>(text);
    store<i32>(lengths + i, length);
    memory.copy(to, text + 4, length);
    to += length;
  }
}

/** A block for what is written and then read at once. */
export function borrow(size: i32): i32 {
  const block = allocate(size);
  if (block === 0) unreachable();
  return block;
}
