/** Texts of a column, each once, and which of them each row has (see layout.ts). */

import { isEqual } from '../../../../assembly/bytes';
import { allocate, allocateZero, release } from '../../../../assembly/heap';
import { DICTIONARY_INTEGERS, INDEXES, PLACES, SLOT_BITS, SLOTS, TEXTS } from '../layout';
import * as input from './input';
import { clear, push, reserve, use, usedOf } from './vector';

const FIRST_SLOT_BITS: i32 = 8;

function textsOf(dictionary: i32): i32 {
  return dictionary + (TEXTS << 2);
}

function placesOf(dictionary: i32): i32 {
  return dictionary + (PLACES << 2);
}

function indexesOf(dictionary: i32): i32 {
  return dictionary + (INDEXES << 2);
}

/** How many rows, or elements of lists, have a text. */
export function presentOf(dictionary: i32): i32 {
  return usedOf(indexesOf(dictionary)) >> 2;
}

/** How many bytes of texts there are. */
export function textBytesOf(dictionary: i32): i32 {
  return usedOf(textsOf(dictionary));
}

export function openDictionary(): i32 {
  return allocateZero(DICTIONARY_INTEGERS << 2);
}

/** Empties it; the memory is kept. */
export function clearDictionary(dictionary: i32): void {
  clear(textsOf(dictionary));
  clear(placesOf(dictionary));
  clear(indexesOf(dictionary));
  memory.fill(load<i32>(dictionary, SLOTS << 2), 0, slotCount(dictionary) << 2);
}

/** Adds the rows that have a text. */
export function addRows(dictionary: i32): void {
  const indexes = indexesOf(dictionary);
  const begin = reserve(indexes, input.rows << 2);
  let at = begin;
  for (let row = 0; row < input.rows; row++) {
    const text = input.indexAt(row);
    if (text < 0) continue;
    store<i32>(at, entryOf(dictionary, text));
    at += 4;
  }
  use(indexes, at - begin);
}

/** Adds one text of a list. */
export function addText(dictionary: i32, text: i32): void {
  push(indexesOf(dictionary), entryOf(dictionary, text));
}

/** The entry of a text, a new one if it has none. */
function entryOf(dictionary: i32, text: i32): i32 {
  const known = input.entryOf(text);
  if (known !== input.NONE) return known;
  const start = input.startOfText(text);
  const entry = entryFor(dictionary, start, input.startOfText(text + 1) - start);
  input.setEntry(text, entry);
  return entry;
}

function entryFor(dictionary: i32, start: i32, length: i32): i32 {
  const count = usedOf(placesOf(dictionary)) >> 2;
  if (count << 1 >= slotCount(dictionary)) growSlots(dictionary, count);
  const slot = slotOf(dictionary, start, length);
  const known = load<i32>(slot);
  if (known !== 0) return known - 1;
  const texts = textsOf(dictionary);
  push(placesOf(dictionary), usedOf(texts));
  const place = reserve(texts, length + 4);
  store<i32>(place, length);
  memory.copy(place + 4, start, length);
  use(texts, length + 4);
  store<i32>(slot, count + 1);
  return count;
}

/** None as long as there is no entry. */
function slotCount(dictionary: i32): i32 {
  const bits = load<i32>(dictionary, SLOT_BITS << 2);
  return bits === 0 ? 0 : 1 << bits;
}

/** Where the text has its entry plus one, or would have it. */
function slotOf(dictionary: i32, start: i32, length: i32): i32 {
  const bits = load<i32>(dictionary, SLOT_BITS << 2);
  const slots = load<i32>(dictionary, SLOTS << 2);
  const mask = (1 << bits) - 1;
  let slot = hashOf(start, length) & mask;
  while (true) {
    const entry = load<i32>(slots + (slot << 2)) - 1;
    if (entry < 0) break;
    const known = placeOf(dictionary, entry);
    if (load<i32>(known) === length && isEqual(known + 4, start, length)) break;
    slot = (slot + 1) & mask;
  }
  return slots + (slot << 2);
}

/** Where an entry is: its length, then its bytes. */
function placeOf(dictionary: i32, entry: i32): i32 {
  const place = load<i32>(load<i32>(placesOf(dictionary)) + (entry << 2));
  return load<i32>(textsOf(dictionary)) + place;
}

function growSlots(dictionary: i32, count: i32): void {
  const before = load<i32>(dictionary, SLOT_BITS << 2);
  if (before !== 0) release(load<i32>(dictionary, SLOTS << 2), 4 << before);
  const bits = max(FIRST_SLOT_BITS, before + 1);
  const slots = allocateZero(4 << bits);
  if (slots === 0) unreachable();
  store<i32>(dictionary, slots, SLOTS << 2);
  store<i32>(dictionary, bits, SLOT_BITS << 2);
  for (let entry = 0; entry < count; entry++) {
    const place = placeOf(dictionary, entry);
    store<i32>(slotOf(dictionary, place + 4, load<i32>(place)), entry + 1);
  }
}

const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

function hashOf(start: i32, length: i32): i32 {
  let hash: u64 = length;
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

/** How many bytes the texts of all rows have together. */
export function plainBytes(dictionary: i32): i32 {
  const indexes = indexesOf(dictionary);
  let bytes = 0;
  for (let i = 0; i < usedOf(indexes); i += 4) {
    bytes += load<i32>(placeOf(dictionary, load<i32>(load<i32>(indexes) + i)));
  }
  return bytes;
}

/** The texts of all rows: their lengths to `lengths`, four bytes each, their bytes to `texts`. */
export function writePlain(dictionary: i32, lengths: i32, texts: i32): void {
  const indexes = indexesOf(dictionary);
  let to = texts;
  for (let i = 0; i < usedOf(indexes); i += 4) {
    const place = placeOf(dictionary, load<i32>(load<i32>(indexes) + i));
    const length = load<i32>(place);
    store<i32>(lengths + i, length);
    memory.copy(to, place + 4, length);
    to += length;
  }
}

/** A block for what is written and then read at once. */
export function borrow(bytes: i32): i32 {
  const block = allocate(bytes);
  if (block === 0) unreachable();
  return block;
}
