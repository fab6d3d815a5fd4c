/** Lists of a column, with Parquet's levels of each element (see layout.ts). */

import { allocateZero } from '../../../../assembly/heap';
import { DEFINITION, LIST_INTEGERS, NONE, NUMBERS, REPETITION } from '../layout';
import { addText } from './dictionary';
import * as input from './input';
import { clear, push, reserve, use, usedOf } from './vector';

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

/** The rows of the column that was handed in; its texts go into a dictionary. */
export function addTextLists(lists: i32, dictionary: i32): void {
  for (let row = 0; row < input.rows; row++) {
    const list = input.indexAt(row);
    if (!addList(lists, list)) continue;
    for (let text = input.startOf(list); text < input.startOf(list + 1); text++) addText(dictionary, text);
  }
}

/** As {@link addTextLists}, of numbers. */
export function addNumberLists(lists: i32): void {
  const numbers = lists + (NUMBERS << 2);
  for (let row = 0; row < input.rows; row++) {
    const list = input.indexAt(row);
    if (!addList(lists, list)) continue;
    const start = input.startOf(list);
    const bytes = (input.startOf(list + 1) - start) << 3;
    memory.copy(reserve(numbers, bytes), input.numberAt(start), bytes);
    use(numbers, bytes);
  }
}

/** The levels of a row's list; returns whether it has elements. */
function addList(lists: i32, list: i32): bool {
  if (list < 0) {
    addNone(lists, 1);
    return false;
  }
  writeNone(lists);
  const count = input.startOf(list + 1) - input.startOf(list);
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
