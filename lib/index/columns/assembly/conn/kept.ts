/** Keys of a few integers that stand for texts, which are made once: dictionaries for columns (see conn.ts). */
import { addAddress } from '../../../kernel/assembly/address';
import { addHistoryText } from '../../../kernel/assembly/history';
import { cutText, textEnd } from '../../../kernel/assembly/text';
import * as at from '../../../kernel/conn';

let batch: i32 = 0;

// The key that is looked for.
let key0: i32 = 0;
let key1: i32 = 0;
let key2: i32 = 0;
let key3: i32 = 0;
let key4: i32 = 0;

export function setKey(first: i32, second: i32, third: i32, fourth: i32, fifth: i32): void {
  key0 = first;
  key1 = second;
  key2 = third;
  key3 = fourth;
  key4 = fifth;
}

function tableAt(table: i32): i32 {
  return at.KEPT_AT + table * at.KEPT_BYTES;
}

/** The next keys are of another batch, of so many rows at most. */
export function beginKept(rows: i32): void {
  batch = load<i32>(at.KEPT_AT, at.KEPT_BATCH << 2) + 1;
  store<i32>(at.KEPT_AT, batch, at.KEPT_BATCH << 2);
  for (let table = 0; table < at.KEPT_TABLES; table++) {
    const own = tableAt(table);
    store<i32>(own, 0, at.KEPT_USED << 2);
    if (load<i32>(own, at.KEPT_COUNT << 2) > at.MOST_KEPT - rows) forget(own);
  }
}

function forget(own: i32): void {
  store<i32>(own, 0, at.KEPT_COUNT << 2);
  memory.fill(own + at.KEPT_SLOTS_AT, 0, at.KEPT_SLOTS << 2);
}

/** The place of the key among those that the batch uses. */
export function placeOfKey(table: i32): i32 {
  const own = tableAt(table);
  const number = numberOfKey(own, table);
  const place = own + at.KEPT_PLACES_AT + (number << 2);
  if (load<i32>(own + at.KEPT_BATCHES_AT + (number << 2)) !== batch) {
    const used = load<i32>(own, at.KEPT_USED << 2);
    store<i32>(own + at.KEPT_BATCHES_AT + (number << 2), batch);
    useText(own, used, number);
    store<i32>(place, used);
    store<i32>(own, used + 1, at.KEPT_USED << 2);
  }
  return load<i32>(place);
}

/** Its text is the next one of the batch. */
function useText(own: i32, used: i32, number: i32): void {
  const text = textOf(own, number);
  const length = <i32>load<u8>(text);
  const offset = own + at.USED_OFFSETS_AT + (used << 2);
  memory.copy(own + at.USED_TEXTS_AT + load<i32>(offset), text + 1, length);
  store<i32>(offset, load<i32>(offset) + length, 4);
}

/** Its length in a byte, then its bytes. */
function textOf(own: i32, number: i32): i32 {
  return own + at.KEY_TEXTS_AT + number * at.KEY_TEXT;
}

function numberOfKey(own: i32, table: i32): i32 {
  let slot = hashOfKey() & (at.KEPT_SLOTS - 1);
  while (true) {
    const number = load<i32>(own + at.KEPT_SLOTS_AT + (slot << 2)) - 1;
    if (number < 0) break;
    if (isKey(keyAt(own, number))) return number;
    slot = (slot + 1) & (at.KEPT_SLOTS - 1);
  }
  const added = load<i32>(own, at.KEPT_COUNT << 2);
  const key = keyAt(own, added);
  store<i32>(key, key0);
  store<i32>(key, key1, 4);
  store<i32>(key, key2, 8);
  store<i32>(key, key3, 12);
  store<i32>(key, key4, 16);
  store<i32>(own + at.KEPT_BATCHES_AT + (added << 2), 0);
  store<i32>(own + at.KEPT_SLOTS_AT + (slot << 2), added + 1);
  store<i32>(own, added + 1, at.KEPT_COUNT << 2);
  makeText(table, textOf(own, added));
  return added;
}

/** Of the key that is looked for. */
function makeText(table: i32, to: i32): void {
  const start = textEnd;
  if (table === at.HISTORIES) addHistoryText(key4, key0, key1, key2, key3);
  else addAddress(key0, key1, key2, key3, key4);
  const length = textEnd - start;
  store<u8>(to, <u8>length);
  memory.copy(to + 1, start, length);
  cutText(start);
}

function keyAt(own: i32, number: i32): i32 {
  return own + at.KEYS_AT + number * (at.KEY_INTEGERS << 2);
}

function isKey(key: i32): bool {
  return (
    load<i32>(key, 4) === key1 &&
    load<i32>(key) === key0 &&
    load<i32>(key, 8) === key2 &&
    load<i32>(key, 12) === key3 &&
    load<i32>(key, 16) === key4
  );
}

function hashOfKey(): i32 {
  let hash: u32 = 0;
  hash = mixed(hash, key0);
  hash = mixed(hash, key1);
  hash = mixed(hash, key2);
  hash = mixed(hash, key3);
  hash = mixed(hash, key4);
  return hash ^ (hash >> 16);
}

function mixed(hash: u32, word: i32): u32 {
  return ((hash ^ word) * 0x9e3779b1) ^ (hash >> 15);
}
