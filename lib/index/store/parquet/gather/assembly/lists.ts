/** Lists of a column, with Parquet's levels of each element (see layout.ts). */

import { allocateZero } from '../../../../assembly/heap';
import { clear, push, reserve, use, usedOf } from '../../../../assembly/vector';
import { DEFINITION, LIST_INTEGERS, NONE, NUMBERS, REPETITION } from '../layout';
import { addText, useTexts } from './dictionary';

// Definition levels of optional lists of optional elements.
const NO_LIST: i32 = 0;
const EMPTY: i32 = 1;
const ELEMENT: i32 = 3;

export function openLists(): i32 {
  return allocateZero(LIST_INTEGERS << 2);
}

export function clearLists(lists: i32): void {
  clear(lists + (DEFINITION << 2));
  clear(lists + (REPETITION << 2));
  clear(lists + (NUMBERS << 2));
  store<i32>(lists, 0, NONE << 2);
}

/** Rows without a list. */
export function addNone(lists: i32, rows: i32): void {
  if (usedOf(lists + (DEFINITION << 2)) === 0) {
    store<i32>(lists, load<i32>(lists, NONE << 2) + rows, NONE << 2);
  } else for (let row = 0; row < rows; row++) addLevel(lists, NO_LIST, 0);
}

// The lists of the batch: where their elements begin, with one more for where the last one ends.
let starts: i32 = 0;

/**
 * Adds the rows of a column, whose texts go into a dictionary. `arrays`: by row, the number of its list, -1 for none; where
 * lists begin; where each of the `texts` begins; their bytes.
 */
export function addTextLists(lists: i32, dictionary: i32, rows: i32, texts: i32, arrays: i32): void {
  const index = load<i32>(arrays);
  starts = load<i32>(arrays, 4);
  useTexts(texts, load<i32>(arrays, 8), load<i32>(arrays, 12));
  for (let row = 0; row < rows; row++) {
    const list = load<i32>(index + (row << 2));
    if (!addList(lists, list)) continue;
    for (let text = startOf(list); text < startOf(list + 1); text++) addText(dictionary, text);
  }
}

/** As {@link addTextLists}, of numbers of eight bytes, which follow upon where lists begin. */
export function addNumberLists(lists: i32, rows: i32, arrays: i32): void {
  const index = load<i32>(arrays);
  starts = load<i32>(arrays, 4);
  const elements = load<i32>(arrays, 8);
  const numbers = lists + (NUMBERS << 2);
  for (let row = 0; row < rows; row++) {
    const list = load<i32>(index + (row << 2));
    if (!addList(lists, list)) continue;
    const start = startOf(list);
    const bytes = (startOf(list + 1) - start) << 3;
    memory.copy(reserve(numbers, bytes), elements + (start << 3), bytes);
    use(numbers, bytes);
  }
}

function startOf(list: i32): i32 {
  return load<i32>(starts + (list << 2));
}

/** The levels of a row's list; returns whether it has elements. */
function addList(lists: i32, list: i32): bool {
  if (list < 0) {
    addNone(lists, 1);
    return false;
  }
  writeNone(lists);
  const count = startOf(list + 1) - startOf(list);
  if (count === 0) addLevel(lists, EMPTY, 0);
  for (let i = 0; i < count; i++) addLevel(lists, ELEMENT, i === 0 ? 0 : 1);
  return count > 0;
}

/** Rows without a list have levels from now on. */
function writeNone(lists: i32): void {
  const none = load<i32>(lists, NONE << 2);
  for (let row = 0; row < none; row++) addLevel(lists, NO_LIST, 0);
  store<i32>(lists, 0, NONE << 2);
}

function addLevel(lists: i32, definition: i32, repetition: i32): void {
  push(lists + (DEFINITION << 2), definition);
  push(lists + (REPETITION << 2), repetition);
}
