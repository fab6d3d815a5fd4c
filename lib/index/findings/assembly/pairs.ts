/**
 * Numbers pairs of whole numbers (32 bits, not negative) in the order in which they come, up to a limit. At `index` is how many
 * there are; then the pairs, by number; then slots that find them by open addressing: numbers plus 1, 0 for none. There
 * are at least twice as many slots as there may be pairs, a power of two.
 */
import { PAIRS } from './layout';

export function isFull(index: usize, limit: i32): bool {
  return load<i32>(index) === limit;
}

/** The number of a pair, a new one when it has none; -1 when there is no more room. */
export function numberOfPair(index: usize, limit: i32, slots: i32, first: i32, second: i32): i32 {
  let slot: u32 = (first * 0x9e3779b1) ^ (second * 0x85ebca77);
  slot ^= slot >> 15;
  while (true) {
    const place = slotAt(index, limit, slot & (slots - 1));
    const number = load<i32>(place) - 1;
    if (number < 0) return isFull(index, limit) ? -1 : addPair(index, place, first, second);
    if (isPair(pairAt(index, number), first, second)) return number;
    slot++;
  }
}

function addPair(index: usize, slot: usize, first: i32, second: i32): i32 {
  const number = load<i32>(index);
  const pair = pairAt(index, number);
  store<i32>(index, number + 1);
  store<i32>(slot, number + 1);
  store<i32>(pair, first);
  store<i32>(pair, second, 4);
  return number;
}

function isPair(pair: usize, first: i32, second: i32): bool {
  return load<i32>(pair) === first && load<i32>(pair, 4) === second;
}

function pairAt(index: usize, number: i32): usize {
  return index + PAIRS + ((<usize>number) << 3);
}

function slotAt(index: usize, limit: i32, slot: i32): usize {
  return pairAt(index, limit) + ((<usize>slot) << 2);
}
