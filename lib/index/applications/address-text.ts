/** Addresses as text. */

import { u16 } from './bytes.ts';

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
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === bestAt) {
      text += '::';
      i += bestLength - 1;
      continue;
    }
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += u16(buf, at + 2 * i).toString(16);
  }
  return text;
}
