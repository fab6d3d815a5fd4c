/** Domain names on the wire (RFC 1035 section 4.1.4). */
import { byte } from '../../../assembly/bytes';
import { addByte, addPrintable, cutText, lowerCase, textEnd } from '../text';

const MAX_NAME: i32 = 255; // octets, RFC 1035 section 2.3.4
const MAX_POINTERS: i32 = 64;
const DOT: i32 = 0x2e;

/** Where the bytes after the name at `start` are, or -1 when the bytes end inside it or it is malformed. */
export function skipName(start: i32, end: i32): i32 {
  let at = start;
  while (at < end) {
    const length = byte(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : -1;
    if (length >= 0x40) return -1;
    at += 1 + length;
    if (at - start > MAX_NAME) return -1;
  }
  return -1;
}

/**
 * Adds to the text the name at `name`, in lower case without the final dot ('.' for the root), as Zeek logs it; false when
 * it is cut or malformed. `start` is where the message begins. Pointers may only point backwards, so every read ends.
 */
export function addName(name: i32, start: i32, end: i32): bool {
  const from = textEnd;
  let at = name;
  let segment = name;
  let pointers = 0;
  let isPlain = true;
  while (at < end) {
    const label = byte(at);
    if (label === 0) {
      if (textEnd === from) addByte(DOT);
      else if (!isPlain) makePrintable(from);
      return true;
    }
    if (label >= 0xc0) {
      pointers++;
      if (at + 1 >= end || pointers > MAX_POINTERS) break;
      at = start + (((label & 0x3f) << 8) | byte(at + 1));
      if (at >= segment) break;
      segment = at;
      continue;
    }
    if (label >= 0x40 || at + 1 + label > end || textEnd - from + label + 1 > MAX_NAME) break;
    if (textEnd > from) addByte(DOT);
    for (let i = at + 1; i <= at + label; i++) {
      const value = byte(i);
      if (value < 0x21 || value > 0x7e) isPlain = false;
      addByte(lowerCase(value));
    }
    at += 1 + label;
  }
  cutText(from);
  return false;
}

/** Of what was added from `from` on. */
function makePrintable(from: i32): void {
  const length = textEnd - from;
  const raw = textEnd + 4 * MAX_NAME;
  memory.copy(raw, from, length);
  cutText(from);
  addPrintable(raw, raw + length);
}
