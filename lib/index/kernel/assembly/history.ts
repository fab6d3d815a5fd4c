import {
  HISTORY,
  HISTORY_LENGTH,
  HISTORY_LETTER_BITS,
  HISTORY_LETTERS_PER_WORD,
  HISTORY_WORDS,
} from '../../engine/row';
import { integers } from './rows';
import { addByte } from './text';

/** Adds one of Zeek's history letters (upper case for the originator) to a row; the 25th and later are left out. */
export function addHistory(base: i32, direction: i32, letter: i32): void {
  const length = integers[base + HISTORY_LENGTH];
  if (length >= HISTORY_LETTERS_PER_WORD * HISTORY_WORDS) return;
  const word = base + HISTORY + length / HISTORY_LETTERS_PER_WORD;
  const shift = HISTORY_LETTER_BITS * (length % HISTORY_LETTERS_PER_WORD);
  integers[word] = integers[word] | ((letter * 2 + direction) << shift);
  integers[base + HISTORY_LENGTH] = length + 1;
}

const LETTERS: string = 'SHADFRGTWIQC^';
const CARET: i32 = 0x5e;
const TO_LOWER_CASE: i32 = 0x20;

/** Adds the letters that are in so many words to the text that is being made. */
export function addHistoryText(length: i32, first: i32, second: i32, third: i32, fourth: i32): void {
  for (let at = 0; at < length; at++) {
    const number = at / HISTORY_LETTERS_PER_WORD;
    const word = number === 0 ? first : number === 1 ? second : number === 2 ? third : fourth;
    const code = (word >>> (HISTORY_LETTER_BITS * (at % HISTORY_LETTERS_PER_WORD))) & 31;
    const letter = LETTERS.charCodeAt(code >> 1);
    addByte((code & 1) === 0 || letter === CARET ? letter : letter + TO_LOWER_CASE);
  }
}

/** Zeek marks what repeats at the 1st, 10th, 100th … time. */
export function isMilestone(count: i32): bool {
  return count === 1 || count === 10 || count === 100 || count === 1000 || count === 10000;
}
