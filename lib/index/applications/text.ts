/** Bytes from the network as text that is safe to show. */

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 where the bytes are, Latin-1 elsewhere, with everything unprintable as \xNN. */
export function printable(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    return text.replace(/[^\x20-\x7e]/g, hexEscape);
  }
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, hexEscape);
}

function hexEscape(character: string): string {
  let escaped = '';
  const bytes = character.codePointAt(0)! < 0x100 ? Buffer.from(character, 'latin1') : Buffer.from(character);
  for (const byte of bytes) escaped += `\\x${byte.toString(16).padStart(2, '0')}`;
  return escaped;
}
