/** A text that is being made, in UTF-8. */

import { byte } from '../../assembly/bytes';
import { allocate, release } from '../../assembly/heap';
import { LATIN1, LOWER_CASE, PRINTABLE, TEXT_AT } from '../layout';
import { makeText } from './host';

/** Where its next byte comes. */
export let textEnd: i32 = TEXT_AT;

/** Begins a text; what was made before is forgotten. */
export function beginText(): void {
  textEnd = TEXT_AT;
}

/** Begins a text elsewhere; so do all that follow. */
export function beginTextAt(place: i32): void {
  textEnd = place;
}

/** Takes back what was added from `start` on. */
export function cutText(start: i32): void {
  textEnd = start;
}

export function addByte(value: i32): void {
  store<u8>(<usize>textEnd, <u8>value);
  textEnd++;
}

export function addBytes(start: i32, end: i32): void {
  memory.copy(textEnd, start, end - start);
  textEnd += end - start;
}

export function addAscii(text: string): void {
  for (let i = 0; i < text.length; i++) addByte(text.charCodeAt(i));
}

export function addDecimal(value: i32): void {
  let divisor = 1;
  while (value / divisor >= 10) divisor *= 10;
  for (; divisor > 0; divisor /= 10) addByte(0x30 + ((value / divisor) % 10));
}

/** Lower case, without zeros in front. */
function addHexadecimal(value: i32): void {
  let shift = 0;
  while (value >> (shift + 4) !== 0) shift += 4;
  for (; shift >= 0; shift -= 4) addDigit((value >> shift) & 15);
}

/** Two digits for each byte. */
export function addHex(start: i32, end: i32): void {
  for (let at = start; at < end; at++) {
    addDigit(byte(at) >> 4);
    addDigit(byte(at) & 15);
  }
}

function addDigit(digit: i32): void {
  addByte(digit < 10 ? 0x30 + digit : 0x57 + digit);
}

/** Bytes from the network as text that is safe to show. */
export function addPrintable(start: i32, end: i32): void {
  if (isPlain(start, end)) addBytes(start, end);
  else textEnd += makeText(PRINTABLE, start, end - start, textEnd);
}

/** Bytes of Latin-1. */
export function addLatin1(start: i32, end: i32): void {
  if (isPlain(start, end)) addBytes(start, end);
  else textEnd += makeText(LATIN1, start, end - start, textEnd);
}

/** Bytes of Latin-1, in lower case. */
export function addLowerCase(start: i32, end: i32): void {
  if (!isPlain(start, end)) {
    textEnd += makeText(LOWER_CASE, start, end - start, textEnd);
    return;
  }
  for (let at = start; at < end; at++) addByte(lowerCase(byte(at)));
}

export function lowerCase(value: i32): i32 {
  return value >= 0x41 && value <= 0x5a ? value | 0x20 : value;
}

/** Whether all of it is printable ASCII, as nearly every text is. */
function isPlain(start: i32, end: i32): bool {
  for (let at = start; at < end; at++) {
    const value = byte(at);
    if (value < 0x20 || value > 0x7e) return false;
  }
  return true;
}

/** RFC 4291 and RFC 5952: lower case, the longest run of two or more zero groups, the first of equals, as "::". */
export function addIpv6(group: StaticArray<i32>, showsMapped: bool): void {
  let best = -1;
  let length = 1;
  for (let i = 0, run = 0; i < 8; i++) {
    run = group[i] === 0 ? run + 1 : 0;
    if (run > length) {
      length = run;
      best = i - run + 1;
    }
  }
  if (showsMapped && best === 0 && length === 5 && group[5] === 0xffff) {
    addAscii('::ffff:');
    addIpv4((group[6] << 16) | group[7]);
    return;
  }
  for (let i = 0; i < 8; i++) {
    if (i === best) {
      addByte(0x3a);
      if (i === 0) addByte(0x3a);
      i += length - 1;
      continue;
    }
    addHexadecimal(group[i]);
    if (i < 7) addByte(0x3a);
  }
}

export function addIpv4(address: i32): void {
  addDecimal(<u32>address >> 24);
  addByte(0x2e);
  addDecimal((address >> 16) & 255);
  addByte(0x2e);
  addDecimal((address >> 8) & 255);
  addByte(0x2e);
  addDecimal(address & 255);
}

/** A copy in the heap of what lies between `start` and the end of the text: its length, then its bytes; 0 without room. */
export function save(start: i32): i32 {
  const length = textEnd - start;
  const saved = allocate(4 + length);
  if (saved === 0) return 0;
  store<i32>(saved, length);
  memory.copy(saved + 4, start, length);
  return saved;
}

/** Lets a saved text go; 0 is none. */
export function forget(saved: i32): void {
  if (saved !== 0) release(saved, 4 + load<i32>(saved));
}
