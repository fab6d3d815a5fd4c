import {
  HISTORY,
  HISTORY_FLIPPED,
  HISTORY_LENGTH,
  HISTORY_LETTER_BITS,
  HISTORY_LETTERS_PER_WORD,
} from './row.ts';

const LETTERS = 'SHADFRGTWIQC^';
const BY_CODE = [...LETTERS].flatMap(letter => [letter, letter.toLowerCase()]);

/** True when the first packet of the flow was taken for one of its responder. */
export function beganFlipped(integers: Int32Array, base: number): boolean {
  return integers[base + HISTORY_LENGTH]! > 0 && (integers[base + HISTORY]! & 31) >> 1 === HISTORY_FLIPPED;
}

export function renderHistory(integers: Int32Array, base: number): string {
  const length = integers[base + HISTORY_LENGTH]!;
  let history = '';
  for (let at = 0; at < length; at++) {
    const word = integers[base + HISTORY + ((at / HISTORY_LETTERS_PER_WORD) | 0)]!;
    const code = (word >>> (HISTORY_LETTER_BITS * (at % HISTORY_LETTERS_PER_WORD))) & 31;
    history += BY_CODE[code]!;
  }
  return history;
}
