import {
  HISTORY,
  HISTORY_LENGTH,
  HISTORY_LETTER_BITS,
  HISTORY_LETTERS_PER_WORD,
  HISTORY_WORDS,
} from '../../engine/row';
import { integers } from './rows';

/** Adds one of Zeek's history letters (upper case for the originator) to a row; the 25th and later are left out. */
export function addHistory(base: i32, direction: i32, letter: i32): void {
  const length = integers[base + HISTORY_LENGTH];
  if (length >= HISTORY_LETTERS_PER_WORD * HISTORY_WORDS) return;
  const word = base + HISTORY + length / HISTORY_LETTERS_PER_WORD;
  const shift = HISTORY_LETTER_BITS * (length % HISTORY_LETTERS_PER_WORD);
  integers[word] = integers[word] | ((letter * 2 + direction) << shift);
  integers[base + HISTORY_LENGTH] = length + 1;
}

/** Zeek marks what repeats at the 1st, 10th, 100th … time. */
export function isMilestone(count: i32): bool {
  return count === 1 || count === 10 || count === 100 || count === 1000 || count === 10000;
}
