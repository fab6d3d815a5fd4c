/** Which names DNS gave to an address, compiled to WebAssembly (see dns-names.ts). */

import { prepare, resetMemory } from '../../../assembly/memory';
import { countTexts, findText, numberText, openTexts, textAt, textBytes } from '../../../assembly/texts';
import { clear, openVector, push, reserve, use, usedOf } from '../../../assembly/vector';

const MOST_ADDRESSES: i32 = 65536;
const MOST_NAMES: i32 = 8;
const MOST_BYTES_OF_NAMES: i32 = 64 * 1024 * 1024;
/** Of an address: how many names it has, and their numbers. */
const ENTRY_BYTES: i32 = 4 * (1 + MOST_NAMES);

let addresses: i32 = 0;
let names: i32 = 0;
let entries: i32 = 0; // a vector, by address
let starts: i32 = 0; // vectors
let offsets: i32 = 0;
let texts: i32 = 0;

export { prepare };

/** Forgets all. */
export function reset(seed: i32): void {
  resetMemory(seed);
  addresses = openTexts();
  names = openTexts();
  entries = openVector();
  starts = openVector();
  offsets = openVector();
  texts = openVector();
}

/** How many addresses have names. */
export function count(): i32 {
  return countTexts(addresses);
}

/**
 * Learns from rows of `dns`. `arrays`: by row, the number of the name that was asked for, -1 for none; where names begin, and
 * their bytes; by row, the number of the list of answers, -1 for none; where lists, and where answers begin, and their bytes.
 */
export function learn(rows: i32, arrays: i32): void {
  const queries = load<i32>(arrays);
  const queryOffsets = load<i32>(arrays, 4);
  const queryBytes = load<i32>(arrays, 8);
  const lists = load<i32>(arrays, 12);
  const listStarts = load<i32>(arrays, 16);
  const answerOffsets = load<i32>(arrays, 20);
  const answerBytes = load<i32>(arrays, 24);
  for (let row = 0; row < rows; row++) {
    const query = load<i32>(queries + (row << 2));
    const list = load<i32>(lists + (row << 2));
    if (query < 0 || list < 0) continue;
    const name = queryBytes + load<i32>(queryOffsets + (query << 2));
    const length = queryBytes + load<i32>(queryOffsets + (query << 2), 4) - name;
    const end = load<i32>(listStarts + (list << 2), 4);
    for (let answer = load<i32>(listStarts + (list << 2)); answer < end; answer++) {
      const start = answerBytes + load<i32>(answerOffsets + (answer << 2));
      const stop = answerBytes + load<i32>(answerOffsets + (answer << 2), 4);
      if (isAddress(start, stop)) give(start, stop - start, name, length);
    }
  }
}

function give(address: i32, addressLength: i32, name: i32, length: i32): void {
  const known = countTexts(addresses);
  if (known >= MOST_ADDRESSES && findText(addresses, address, addressLength) < 0) return;
  const number = numberText(addresses, address, addressLength);
  if (number === known) {
    memory.fill(reserve(entries, ENTRY_BYTES), 0, ENTRY_BYTES);
    use(entries, ENTRY_BYTES);
  }
  const entry = entryOf(number);
  const has = load<i32>(entry);
  if (has === MOST_NAMES || textBytes(names) > MOST_BYTES_OF_NAMES) return;
  const nameNumber = numberText(names, name, length);
  for (let i = 1; i <= has; i++) if (load<i32>(entry + (i << 2)) === nameNumber) return;
  store<i32>(entry + ((has + 1) << 2), nameNumber);
  store<i32>(entry, has + 1);
}

function entryOf(number: i32): i32 {
  return load<i32>(entries) + number * ENTRY_BYTES;
}

/** Of IPv4 or IPv6, as the kernel writes them; other answers are names, or begin with a word. */
function isAddress(start: i32, end: i32): bool {
  let colons = 0;
  let letters = 0;
  for (let at = start; at < end; at++) {
    const byte = <i32>load<u8>(at);
    if (byte === 0x3a) colons++;
    else if (byte >= 0x61 && byte <= 0x66) letters++;
    else if (byte !== 0x2e && (byte < 0x30 || byte > 0x39)) return false;
  }
  return end > start && (colons >= 2 || (colons === 0 && letters === 0));
}

/**
 * Lists the names of so many hosts, as {@link startsOf}, {@link offsetsOf} and {@link textsOf} have them; returns how many
 * names these are. `arrays`: where hosts begin, and their bytes.
 */
export function list(hosts: i32, arrays: i32): i32 {
  const hostOffsets = load<i32>(arrays);
  const hostBytes = load<i32>(arrays, 4);
  clear(starts);
  clear(offsets);
  clear(texts);
  push(starts, 0);
  push(offsets, 0);
  let listed = 0;
  for (let host = 0; host < hosts; host++) {
    const start = hostBytes + load<i32>(hostOffsets + (host << 2));
    const number = findText(addresses, start, hostBytes + load<i32>(hostOffsets + (host << 2), 4) - start);
    if (number >= 0) listed += listNames(entryOf(number));
    push(starts, listed);
  }
  return listed;
}

function listNames(entry: i32): i32 {
  const has = load<i32>(entry);
  for (let i = 1; i <= has; i++) {
    const name = textAt(names, load<i32>(entry + (i << 2)));
    const length = load<i32>(name);
    memory.copy(reserve(texts, length), name + 4, length);
    use(texts, length);
    push(offsets, usedOf(texts));
  }
  return has;
}

/** A vector: by host, its first name; one more tells where the last one ends. */
export function startsOf(): i32 {
  return starts;
}

/** A vector: by name, where it begins; one more tells where the last one ends. */
export function offsetsOf(): i32 {
  return offsets;
}

/** A vector of bytes. */
export function textsOf(): i32 {
  return texts;
}
