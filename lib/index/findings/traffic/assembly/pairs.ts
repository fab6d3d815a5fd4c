/** Numbers pairs of whole numbers in the order in which they come, up to a limit: keys of eight bytes in a table of texts. */

import { countTexts, findText, numberText } from '../../../assembly/texts';
import { reserve, use } from '../../../assembly/vector';

const KEY: StaticArray<i32> = [0, 0];
const KEY_BYTES: i32 = 8;

export function isFull(index: i32, limit: i32): bool {
  return countTexts(index) >= limit;
}

/** The number of a pair, a new one when it has none; -1 when there is no more room. New ones begin with the pair in `counts`. */
export function numberOfPair(
  index: i32,
  limit: i32,
  counts: i32,
  countBytes: i32,
  first: i32,
  second: i32,
): i32 {
  KEY[0] = first;
  KEY[1] = second;
  const key = <i32>changetype<usize>(KEY);
  const known = countTexts(index);
  if (known >= limit) return findText(index, key, KEY_BYTES);
  const number = numberText(index, key, KEY_BYTES);
  if (number === known) {
    const added = reserve(counts, countBytes);
    memory.fill(added, 0, countBytes);
    store<i32>(added, first);
    store<i32>(added, second, 4);
    use(counts, countBytes);
  }
  return number;
}
