import { HISTORY, HISTORY_LENGTH } from '../../engine/row';

const BITS = 5;
const PER_WORD = 6;
const WORDS = 4;

/** As `addHistory` in engine/history.ts. */
export function addHistory(base: usize, direction: i32, letter: i32): void {
  const length = load<i32>(base, HISTORY_LENGTH << 2);
  if (length >= PER_WORD * WORDS) return;
  const word = base + ((HISTORY + length / PER_WORD) << 2);
  store<i32>(word, load<i32>(word) | ((letter * 2 + direction) << (BITS * (length % PER_WORD))));
  store<i32>(base, length + 1, HISTORY_LENGTH << 2);
}
