/** The clients, or the servers, of a batch: by row, the number of a text, which has a number among all ends. */

import { allocateZero } from '../../../assembly/heap';
import { findText, numberText } from '../../../assembly/texts';
import { clear, reserve } from '../../../assembly/vector';

// What there is of them, in integers: a vector of the numbers of texts; the index of the rows; where texts begin, their bytes.
const NUMBERS: i32 = 0;
const INDEX: i32 = 3;
const OFFSETS: i32 = 4;
const BYTES: i32 = 5;
const ENDS_INTEGERS: i32 = 6;

/** A text that was not met in the batch. */
const UNKNOWN: i32 = -1;
const NONE: i32 = -2;

export function openEnds(): i32 {
  return allocateZero(ENDS_INTEGERS << 2);
}

export function useEnds(own: i32, index: i32, texts: i32, offsets: i32, bytes: i32): void {
  const numbers = own + (NUMBERS << 2);
  clear(numbers);
  memory.fill(reserve(numbers, texts << 2), 0xff, texts << 2); // UNKNOWN
  store<i32>(own, index, INDEX << 2);
  store<i32>(own, offsets, OFFSETS << 2);
  store<i32>(own, bytes, BYTES << 2);
}

/** The number of a row's end among `all`; below 0 where it has none, or `isFull` and it is to get none. */
export function endAt(own: i32, row: i32, all: i32, isFull: bool): i32 {
  const text = load<i32>(load<i32>(own, INDEX << 2) + (row << 2));
  if (text < 0) return NONE;
  const number = load<i32>(own, NUMBERS << 2) + (text << 2);
  if (load<i32>(number) === UNKNOWN) store<i32>(number, numberOf(own, text, all, isFull));
  return load<i32>(number);
}

/** What is full stays so: a text without a number never gets one. */
function numberOf(own: i32, text: i32, all: i32, isFull: bool): i32 {
  const offset = load<i32>(own, OFFSETS << 2) + (text << 2);
  const start = load<i32>(offset);
  const length = load<i32>(offset, 4) - start;
  const place = load<i32>(own, BYTES << 2) + start;
  if (!isFull) return numberText(all, place, length);
  const known = findText(all, place, length);
  return known < 0 ? NONE : known;
}
