/** Texts in UTF-8, one after the other: text n is `bytes[offsets[n] .. offsets[n + 1])`. */
export interface TextList {
  bytes: Uint8Array;
  offsets: Int32Array;
}

export function textListOf(texts: readonly string[]): TextList {
  const offsets = new Int32Array(texts.length + 1);
  for (let n = 0; n < texts.length; n++) offsets[n + 1] = offsets[n]! + Buffer.byteLength(texts[n]!);
  const bytes = Buffer.alloc(offsets[texts.length]!);
  for (let n = 0; n < texts.length; n++) bytes.write(texts[n]!, offsets[n]!);
  return { bytes, offsets };
}

export function textOf({ bytes, offsets }: TextList, n: number): string {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return all.toString('utf8', offsets[n]!, offsets[n + 1]!);
}
