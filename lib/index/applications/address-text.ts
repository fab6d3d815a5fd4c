/** Addresses as text. */

import { u16 } from './bytes.ts';

const MAX_TEXT = 39; // eight groups of four digits and what stands between them
const HEX = Buffer.from('0123456789abcdef');
const COLON = 0x3a;
const scratch = Buffer.alloc(MAX_TEXT);

export function ipv4Text(buf: Uint8Array, at: number): string {
  return `${buf[at]}.${buf[at + 1]}.${buf[at + 2]}.${buf[at + 3]}`;
}

/** RFC 5952: lower case, the longest run of two or more zero groups (the first of equals) as "::". */
export function ipv6Text(buf: Uint8Array, at: number): string {
  let bestAt = -1;
  let bestLength = 1;
  for (let i = 0, run = 0; i < 8; i++) {
    run = u16(buf, at + 2 * i) === 0 ? run + 1 : 0;
    if (run > bestLength) {
      bestLength = run;
      bestAt = i - run + 1;
    }
  }
  let length = 0;
  for (let i = 0; i < 8; i++) {
    if (i === bestAt) {
      scratch[length++] = COLON;
      if (i === 0) scratch[length++] = COLON;
      i += bestLength - 1;
      continue;
    }
    length = writeGroup(u16(buf, at + 2 * i), length);
    if (i < 7) scratch[length++] = COLON;
  }
  return scratch.toString('latin1', 0, length);
}

/** Offset after the digits of a group, without zeros in front. */
function writeGroup(group: number, at: number): number {
  let to = at;
  if (group > 0xfff) scratch[to++] = HEX[group >> 12]!;
  if (group > 0xff) scratch[to++] = HEX[(group >> 8) & 15]!;
  if (group > 0xf) scratch[to++] = HEX[(group >> 4) & 15]!;
  scratch[to++] = HEX[group & 15]!;
  return to;
}
