/** The Huffman code of HPACK (RFC 7541 appendix B). */

/** Length in bits of the code of each byte, and of the end of string; the code is canonical, so these say all. */
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const END_OF_STRING = 256;
const MAX_LENGTH = 30;

/** For each length: the first code, and where its symbols begin. */
const firstCode = new Uint32Array(MAX_LENGTH + 2);
const firstSymbol = new Uint16Array(MAX_LENGTH + 2);
const symbols = LENGTHS.map((_, symbol) => symbol).sort((a, b) => LENGTHS[a]! - LENGTHS[b]! || a - b);

for (let length = 1, code = 0, at = 0; length <= MAX_LENGTH; length++) {
  firstCode[length] = code;
  firstSymbol[length] = at;
  const count = LENGTHS.filter(other => other === length).length;
  at += count;
  code = (code + count) << 1;
  firstSymbol[length + 1] = at;
}

/** The decoded bytes as Latin-1; undefined when they are not the code of any string. */
export function decodeHuffman(buf: Uint8Array, start: number, end: number): string | undefined {
  let text = '';
  let code = 0;
  let length = 0;
  for (let pos = start; pos < end; pos++) {
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((buf[pos]! >> bit) & 1);
      length++;
      if (length > MAX_LENGTH) return undefined;
      const at = firstSymbol[length]! + code - firstCode[length]!;
      if (code < firstCode[length]! || at >= firstSymbol[length + 1]!) continue;
      const symbol = symbols[at]!;
      if (symbol === END_OF_STRING) return undefined;
      text += String.fromCharCode(symbol);
      code = 0;
      length = 0;
    }
  }
  // Padding is fewer than 8 bits of the end of string, all ones (section 5.2).
  return length < 8 && code === (1 << length) - 1 ? text : undefined;
}
