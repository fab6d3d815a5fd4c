/** Texts, each of them once, numbered in the order in which they come (see layout.ts). */

import { isEqual } from './bytes';
import { allocateZero, release } from './heap';
import { PLACES, SLOT_BITS, SLOTS, TABLE_INTEGERS, TEXTS } from './layout';
import { clear, push, reserve, use, usedOf } from './vector';

const FIRST_SLOT_BITS: i32 = 8;

export function openTexts(): i32 {
  return allocateZero(TABLE_INTEGERS << 2);
}

/** Empties it; the memory is kept. */
export function clearTexts(table: i32): void {
  clear(textsOf(table));
  clear(placesOf(table));
  memory.fill(load<i32>(table, SLOTS << 2), 0, slotCount(table) << 2);
}

/** How many bytes they take, with their lengths. */
export function textBytes(table: i32): i32 {
  return usedOf(textsOf(table));
}

export function countTexts(table: i32): i32 {
  return usedOf(placesOf(table)) >> 2;
}

function textsOf(table: i32): i32 {
  return table + (TEXTS << 2);
}

function placesOf(table: i32): i32 {
  return table + (PLACES << 2);
}

/** The number of a text, a new one if it has none. */
export function numberText(table: i32, start: i32, length: i32): i32 {
  const count = countTexts(table);
  if (count << 1 >= slotCount(table)) growSlots(table, count);
  const slot = slotOf(table, start, length);
  const known = load<i32>(slot);
  if (known !== 0) return known - 1;
  const texts = textsOf(table);
  push(placesOf(table), usedOf(texts));
  const place = reserve(texts, length + 4);
  store<i32>(place, length);
  memory.copy(place + 4, start, length);
  use(texts, length + 4);
  store<i32>(slot, count + 1);
  return count;
}

/** The number of a text; -1 if it has none. */
export function findText(table: i32, start: i32, length: i32): i32 {
  return slotCount(table) === 0 ? -1 : load<i32>(slotOf(table, start, length)) - 1;
}

/** None as long as there is no text. */
function slotCount(table: i32): i32 {
  const bits = load<i32>(table, SLOT_BITS << 2);
  return bits === 0 ? 0 : 1 << bits;
}

/** Where the text has its number plus one, or would have it. */
function slotOf(table: i32, start: i32, length: i32): i32 {
  const bits = load<i32>(table, SLOT_BITS << 2);
  const slots = load<i32>(table, SLOTS << 2);
  const mask = (1 << bits) - 1;
  let slot = hashOf(start, length) & mask;
  while (true) {
    const entry = load<i32>(slots + (slot << 2)) - 1;
    if (entry < 0) break;
    const known = textAt(table, entry);
    if (load<i32>(known) === length && isEqual(known + 4, start, length)) break;
    slot = (slot + 1) & mask;
  }
  return slots + (slot << 2);
}

/** Where a text is: its length, then its bytes. */
export function textAt(table: i32, number: i32): i32 {
  const place = load<i32>(load<i32>(placesOf(table)) + (number << 2));
  return load<i32>(textsOf(table)) + place;
}

function growSlots(table: i32, count: i32): void {
  const before = load<i32>(table, SLOT_BITS << 2);
  if (before !== 0) release(load<i32>(table, SLOTS << 2), 4 << before);
  const bits = max(FIRST_SLOT_BITS, before + 1);
  const slots = allocateZero(4 << bits);
  if (slots === 0) unreachable();
  store<i32>(table, slots, SLOTS << 2);
  store<i32>(table, bits, SLOT_BITS << 2);
  for (let entry = 0; entry < count; entry++) {
    const place = textAt(table, entry);
    store<i32>(slotOf(table, place + 4, load<i32>(place)), entry + 1);
  }
}

const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

let seed: u64 = 0;

/** With a number that no one foresees, no one can make texts that share their slots. Before the first text. */
export function useSeed(value: i32): void {
  seed = <u64>value * MULTIPLIER;
}

function hashOf(start: i32, length: i32): i32 {
  let hash = seed ^ <u64>length;
  let at = start;
  const end = start + length;
  for (; at + 8 <= end; at += 8) hash = mixed(hash, load<u64>(at));
  let rest: u64 = 0;
  for (; at < end; at++) rest = (rest << 8) | load<u8>(at);
  hash = mixed(hash, rest);
  return <i32>(hash >> 32);
}

function mixed(hash: u64, word: u64): u64 {
  const product = (hash ^ word) * MULTIPLIER;
  return product ^ (product >> 29);
}
