/** Bytes from the network as text that is safe to show. */

import { latin1 } from './bytes.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 where the bytes are, Latin-1 elsewhere, with everything unprintable as \xNN. */
export function printable(buf: Uint8Array, start: number, end: number): string {
  return isPlain(buf, start, end) ? latin1(buf, start, end) : escaped(buf.subarray(start, end));
}

/** Whether all of it is printable ASCII, as nearly every text is. */
function isPlain(buf: Uint8Array, start: number, end: number): boolean {
  for (let pos = start; pos < end; pos++) {
    const byte = buf[pos]!;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}

function escaped(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return latin1(bytes, 0, bytes.length).replace(/[^\x20-\x7e]/g, hexEscape);
  }
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, hexEscape);
}

function hexEscape(character: string): string {
  let text = '';
  const bytes = character.codePointAt(0)! < 0x100 ? Buffer.from(character, 'latin1') : Buffer.from(character);
  for (const byte of bytes) text += `\\x${byte.toString(16).padStart(2, '0')}`;
  return text;
}
