import { HISTORY, HISTORY_LENGTH } from './row.ts';

const LETTERS = 'SHADFRGTWIQC^';
const BY_CODE = [...LETTERS].flatMap(letter => [letter, letter.toLowerCase()]);
const BITS = 5;
const PER_WORD = 6;
const WORDS = 4;

/** Adds one of Zeek's history letters (upper case for the originator) to a row; the 25th and later are left out. */
export function addHistory(integers: Int32Array, base: number, direction: number, letter: number): void {
  const length = integers[base + HISTORY_LENGTH]!;
  if (length >= PER_WORD * WORDS) return;
  const word = base + HISTORY + ((length / PER_WORD) | 0);
  integers[word] = integers[word]! | ((letter * 2 + direction) << (BITS * (length % PER_WORD)));
  integers[base + HISTORY_LENGTH] = length + 1;
}

/** Zeek marks what repeats at the 1st, 10th, 100th … time. */
export function isMilestone(count: number): boolean {
  return count === 1 || count === 10 || count === 100 || count === 1000 || count === 10_000;
}

export const HISTORY_SYN = 0;
export const HISTORY_SYN_ACK = 1;
export const HISTORY_ACK = 2;
export const HISTORY_DATA = 3;
export const HISTORY_FIN = 4;
export const HISTORY_RST = 5;
export const HISTORY_GAP = 6;
export const HISTORY_RETRANSMISSION = 7;
export const HISTORY_ZERO_WINDOW = 8;
export const HISTORY_FIN_RST = 9;
export const HISTORY_ODD_FLAGS = 10;
export const HISTORY_FLIPPED = 12;

/** True when the first packet of the flow was taken for one of its responder. */
export function beganFlipped(integers: Int32Array, base: number): boolean {
  return integers[base + HISTORY_LENGTH]! > 0 && (integers[base + HISTORY]! & 31) >> 1 === HISTORY_FLIPPED;
}

export function renderHistory(integers: Int32Array, base: number): string {
  const length = integers[base + HISTORY_LENGTH]!;
  let history = '';
  for (let at = 0; at < length; at++) {
    const word = integers[base + HISTORY + ((at / PER_WORD) | 0)]!;
    const code = (word >>> (BITS * (at % PER_WORD))) & 31;
    history += BY_CODE[code]!;
  }
  return history;
}
