/** Domain names on the wire (RFC 1035 section 4.1.4). */

import { printable } from '../text.ts';

const MAX_NAME = 255; // octets, RFC 1035 section 2.3.4
const MAX_POINTERS = 64;
const scratch = Buffer.allocUnsafe(4 * MAX_NAME);

/** Offset after the name at `at`, or -1 when the bytes end inside it or it is malformed. */
export function skipName(buf: Uint8Array, at: number, end: number): number {
  let pos = at;
  while (pos < end) {
    const length = buf[pos]!;
    if (length === 0) return pos + 1;
    if (length >= 0xc0) return pos + 2 <= end ? pos + 2 : -1;
    if (length >= 0x40) return -1;
    pos += 1 + length;
    if (pos - at > MAX_NAME) return -1;
  }
  return -1;
}

/**
 * The name at `at` in lower case without the final dot ('.' for the root), as Zeek logs it; undefined when it is
 * cut or malformed. `start` is where the message begins. Pointers may only point backwards, so every read ends.
 */
export function readName(buf: Uint8Array, at: number, start: number, end: number): string | undefined {
  let pos = at;
  let segment = at;
  let length = 0;
  let pointers = 0;
  let plain = true;
  while (pos < end) {
    const label = buf[pos]!;
    if (label === 0) return length === 0 ? '.' : render(length, plain);
    if (label >= 0xc0) {
      if (pos + 1 >= end || ++pointers > MAX_POINTERS) return undefined;
      pos = start + (((label & 0x3f) << 8) | buf[pos + 1]!);
      if (pos >= segment) return undefined;
      segment = pos;
      continue;
    }
    if (label >= 0x40 || pos + 1 + label > end || length + label + 1 > MAX_NAME) return undefined;
    if (length > 0) scratch[length++] = 0x2e;
    for (let i = pos + 1; i <= pos + label; i++) {
      const byte = buf[i]!;
      if (byte < 0x21 || byte > 0x7e) plain = false;
      scratch[length++] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    }
    pos += 1 + label;
  }
  return undefined;
}

function render(length: number, plain: boolean): string {
  return plain ? scratch.toString('latin1', 0, length) : printable(scratch, 0, length);
}
