/** Resource records as Zeek writes them into `answers`. */
import { byte, half, word } from '../../../assembly/bytes';
import {
  addAscii,
  addByte,
  addBytes,
  addDecimal,
  addHex,
  addIpv4,
  addIpv6,
  addPrintable,
  cutText,
  textEnd,
} from '../text';
import { addName, skipName } from './name';

const MAX_TEXT: i32 = 2048;
const SPACE: i32 = 0x20;

const groups: StaticArray<i32> = [0, 0, 0, 0, 0, 0, 0, 0];

/** Adds the text of the record data at `at`; false when it is cut or malformed. What is not logged adds nothing. */
export function addRecord(type: i32, at: i32, length: i32, start: i32, end: i32, owner: i32): bool {
  const from = textEnd;
  if (add(type, at, length, start, end, owner)) return true;
  cutText(from);
  return false;
}

function add(type: i32, at: i32, length: i32, start: i32, end: i32, owner: i32): bool {
  const stop = at + length;
  switch (type) {
    case 1: // A
      if (length !== 4) return false;
      addIpv4(word(at));
      return true;
    case 28: // AAAA
      if (length !== 16) return false;
      for (let i = 0; i < 8; i++) groups[i] = half(at + 2 * i);
      addIpv6(groups, false);
      return true;
    case 2: // NS
    case 5: // CNAME
    case 6: // SOA: the primary server
    case 12: // PTR
    case 39: // DNAME
      return addName(at, start, end);
    case 15: // MX, after the preference
      return length > 2 && addName(at + 2, start, end);
    case 33: // SRV, after priority, weight and port
      return length > 6 && addName(at + 6, start, end);
    case 16:
      return addStrings('TXT ', at, stop);
    case 99:
      return addStrings('SPF ', at, stop);
    case 13:
      return addHostInformation(at, stop);
    case 11: // WKS
      return true;
    default:
      return addOther(type, at, stop, start, end, owner);
  }
}

/** Records seen less often. */
function addOther(type: i32, at: i32, stop: i32, start: i32, end: i32, owner: i32): bool {
  const length = stop - at;
  switch (type) {
    case 43: // DS: key tag, algorithm, digest type
      if (length < 4) return false;
      addAscii('DS ');
      addDecimal(byte(at + 2));
      addByte(SPACE);
      addDecimal(byte(at + 3));
      return true;
    case 44: // SSHFP: algorithm, type, fingerprint
      if (length <= 2) return false;
      addAscii('SSHFP: ');
      addHex(at + 2, min(stop, at + 66));
      return true;
    case 46: // RRSIG: type covered … signer's name at 18
      if (length <= 18) return false;
      addAscii('RRSIG ');
      addDecimal(half(at));
      addByte(SPACE);
      addRooted(at + 18, start, end);
      return true;
    case 47:
      addAscii('NSEC ');
      if (!addName(owner, start, end)) return false;
      addByte(SPACE);
      return addName(at, start, end);
    case 48: // DNSKEY: flags, protocol, algorithm
      if (length < 4) return false;
      addAscii('DNSKEY ');
      addDecimal(byte(at + 3));
      return true;
    case 50:
      addAscii('NSEC3');
      return true;
    case 51:
      addAscii('NSEC3PARAM');
      return true;
    case 35: // NAPTR: order, preference, three strings, name
      return addNaptr(at, stop, start, end);
    case 64: // SVCB and HTTPS: priority, target (RFC 9460)
    case 65:
      if (length <= 2) return false;
      addAscii(type === 64 ? 'SVCB ' : 'HTTPS ');
      addDecimal(half(at));
      addByte(SPACE);
      return addName(at + 2, start, end);
    case 257: // CAA: flags, tag, value (RFC 8659)
      return addCaa(at, stop);
    default:
      addAscii('<unknown type=');
      addDecimal(type);
      addByte(0x3e);
      return true;
  }
}

function addRooted(at: i32, start: i32, end: i32): void {
  const from = textEnd;
  const isNamed = addName(at, start, end);
  const isRoot = textEnd - from === 1 && byte(from) === 0x2e;
  if (isNamed && !isRoot) return;
  cutText(from);
  addAscii('<Root>');
}

/** Where the character-strings from `at` on stop that are read, or -1 when the last of them is cut. */
function endOfStrings(at: i32, stop: i32): i32 {
  let total = 0;
  let position = at;
  while (position < stop) {
    const next = position + 1 + byte(position);
    if (next > stop) return -1;
    total += next - position;
    if (total > MAX_TEXT) return position;
    position = next;
  }
  return position;
}

/** Each with its length in characters. */
function addStrings(prefix: string, at: i32, stop: i32): bool {
  const end = endOfStrings(at, stop);
  if (end < 0) return false;
  for (let position = at; position < end; position += 1 + byte(position)) {
    if (position > at) addByte(SPACE);
    addAscii(prefix);
    addCounted(position + 1, position + 1 + byte(position));
  }
  return true;
}

/** A text behind its length in characters. */
function addCounted(start: i32, end: i32): void {
  const from = textEnd;
  addPrintable(start, end);
  const length = textEnd - from;
  const raw = textEnd + 16;
  memory.copy(raw, from, length);
  cutText(from);
  addDecimal(charactersOf(raw, raw + length));
  addByte(SPACE);
  addBytes(raw, raw + length);
}

/** As JavaScript counts: UTF-8 of four bytes is two. */
function charactersOf(start: i32, end: i32): i32 {
  let count = 0;
  for (let at = start; at < end; at++) {
    const value = byte(at);
    if ((value & 0xc0) !== 0x80) count += value >= 0xf0 ? 2 : 1;
  }
  return count;
}

function addHostInformation(at: i32, stop: i32): bool {
  const end = endOfStrings(at, stop);
  if (end < 0) return false;
  addAscii('HINFO');
  if (at === end) addByte(SPACE);
  for (let position = at; position < end; position += 1 + byte(position)) {
    addByte(SPACE);
    addPrintable(position + 1, position + 1 + byte(position));
  }
  return true;
}

function addNaptr(at: i32, stop: i32, start: i32, end: i32): bool {
  if (stop - at < 7) return false;
  addAscii('NAPTR ');
  addDecimal(half(at));
  addByte(SPACE);
  addDecimal(half(at + 2));
  let position = at + 4;
  for (let i = 0; i < 3; i++) {
    const next = position + 1 + (position < stop ? byte(position) : 0);
    if (next > stop) return false;
    addByte(SPACE);
    addPrintable(position + 1, next);
    position = next;
  }
  addByte(SPACE);
  return skipName(position, stop) >= 0 && addName(position, start, end);
}

function addCaa(at: i32, stop: i32): bool {
  if (stop - at < 2) return false;
  const tagEnd = at + 2 + byte(at + 1);
  if (tagEnd > stop) return false;
  addAscii('CAA ');
  addDecimal(byte(at));
  addByte(SPACE);
  addPrintable(at + 2, tagEnd);
  addByte(SPACE);
  addPrintable(tagEnd, min(stop, tagEnd + MAX_TEXT));
  return true;
}
