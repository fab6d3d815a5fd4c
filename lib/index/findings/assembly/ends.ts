/** Numbers clients, and servers, in the order in which they come; `side` is where either are (see layout.ts). */

import { numberOf } from './host';
import * as at from './layout';

/**
 * Ends are those of another batch from now on. What was remembered by their keys, or by their places in the batch if they have
 * none, holds for them if `isKnown`.
 */
export function useEnds(side: usize, hasKeys: bool, isKnown: bool, numbersItself: bool): void {
  store<i32>(side, hasKeys, at.HAS_KEYS);
  store<i32>(side, numbersItself, at.NUMBERS_ITSELF);
  if (!isKnown) memory.fill(side + at.NUMBERS, 0, at.REMEMBERED * 4);
}

/**
 * The number of the end at a place of the batch; -1 where it has none, and `isFull`: it is to get none. Then it never will,
 * as no more are counted, and that is remembered as well.
 */
export function endNumber(side: usize, place: i32, isFull: bool): i32 {
  if (place < 0) return -1;
  const key = load<i32>(side, at.HAS_KEYS) !== 0 ? load<i32>(side + ((<usize>place) << 2), at.KEYS) : place;
  if (key >= at.REMEMBERED) return ask(side, place, isFull);
  const known = side + ((<usize>key) << 2);
  if (load<i32>(known, at.NUMBERS) === 0) {
    const isOwn = load<i32>(side, at.NUMBERS_ITSELF) !== 0;
    const number = isOwn ? newEnd(side, place, isFull) : ask(side, place, isFull);
    store<i32>(known, number + 2, at.NUMBERS);
  }
  return load<i32>(known, at.NUMBERS) - 2;
}

function newEnd(side: usize, place: i32, isFull: bool): i32 {
  if (isFull) return -1;
  const count = load<i32>(side, at.NEW_COUNT);
  store<i32>(side, count + 1, at.NEW_COUNT);
  store<i32>(side + ((<usize>count) << 2), place, at.NEW_ENDS);
  const number = load<i32>(side, at.END_COUNT);
  store<i32>(side, number + 1, at.END_COUNT);
  return number;
}

/** Who is asked numbers all others as well from then on. */
function ask(side: usize, place: i32, isFull: bool): i32 {
  store<i32>(side, 0, at.NUMBERS_ITSELF);
  return numberOf(side, place, isFull);
}
