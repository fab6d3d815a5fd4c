import type { Bytes } from './bytes.ts';

/** Bits needed for a whole number from 0 to 2^53 - 1. */
export function bitWidth(max: number): number {
  return max < 4294967296 ? 32 - Math.clz32(max) : 64 - Math.clz32(Math.floor(max / 4294967296));
}

/**
 * Packs `values[start..start + count)`, each less `base`, at `width` (≤ 32) bits, least significant bit first, as
 * Parquet's RLE and delta encodings do. Values after the last one up to a multiple of eight are zero.
 */
export function packBits(
  values: Int32Array,
  start: number,
  count: number,
  base: number,
  width: number,
  out: Bytes,
): void {
  if (width === 0) return;
  const packedEnd = out.length + Math.ceil(count / 8) * width;
  const end = start + count;
  out.reserve(packedEnd - out.length);
  const { buffer } = out;
  let pending = 0;
  let bits = 0; // of `pending` in use, always below 32
  let at = out.length;
  for (let i = start; i < end; i++) {
    const value = (values[i]! - base) | 0;
    pending |= value << bits;
    bits += width;
    if (bits >= 32) {
      buffer[at] = pending;
      buffer[at + 1] = pending >> 8;
      buffer[at + 2] = pending >> 16;
      buffer[at + 3] = pending >> 24;
      at += 4;
      bits -= 32;
      pending = bits === 0 ? 0 : value >>> (width - bits);
    }
  }
  for (; at < packedEnd; pending >>>= 8) buffer[at++] = pending;
  out.length = packedEnd;
}

/** As {@link packBits} for 33 to 53 bits: the low 32 bits of each value and what is above them. */
export function packWideBits(
  low: Int32Array,
  high: Int32Array,
  start: number,
  count: number,
  width: number,
  out: Bytes,
): void {
  const packedEnd = out.length + Math.ceil(count / 8) * width;
  const end = start + count;
  out.reserve(packedEnd - out.length);
  const { buffer } = out;
  const highWidth = width - 32;
  let pending = 0;
  let bits = 0; // of `pending` in use, always below 32
  let at = out.length;
  const put = (word: number) => {
    buffer[at] = word;
    buffer[at + 1] = word >> 8;
    buffer[at + 2] = word >> 16;
    buffer[at + 3] = word >> 24;
    at += 4;
  };
  for (let i = start; i < end; i++) {
    const value = low[i]!;
    put(pending | (value << bits));
    pending = bits === 0 ? 0 : value >>> (32 - bits);
    const top = high[i]!;
    pending |= top << bits;
    bits += highWidth;
    if (bits >= 32) {
      put(pending);
      bits -= 32;
      pending = bits === 0 ? 0 : top >>> (highWidth - bits);
    }
  }
  for (; at < packedEnd; pending >>>= 8) buffer[at++] = pending;
  out.length = packedEnd;
}

/** Packs zeros and ones, as Parquet stores booleans and levels. */
export function packBooleans(values: Uint8Array, count: number, out: Bytes): void {
  const size = Math.ceil(count / 8);
  out.reserve(size);
  const { buffer } = out;
  let at = out.length;
  for (let i = 0; i < count; i += 8) buffer[at++] = byteOf(values, i, Math.min(i + 8, count));
  out.length = at;
}

/** Bits `[start, end)`, at most eight, the first one lowest. */
function byteOf(values: Uint8Array, start: number, end: number): number {
  let byte = 0;
  for (let i = start; i < end; i++) byte |= values[i]! << (i - start);
  return byte;
}
