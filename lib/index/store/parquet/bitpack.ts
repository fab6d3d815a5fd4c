import type { Bytes } from './bytes.ts';

// Every caller passes Int32Array, bits taken as unsigned: with one kind of array the loops below stay fast.
let words = new Int32Array(8192);

/** Bits needed for a whole number from 0 to 2^53 - 1. */
export function bitWidth(max: number): number {
  return max < 4294967296 ? 32 - Math.clz32(max) : 64 - Math.clz32(Math.floor(max / 4294967296));
}

/**
 * Packs `values[start..start + count)` at `width` (≤ 32) bits each, least significant bit first, as Parquet's RLE
 * and delta encodings do. Values after the last one up to a multiple of eight are zero.
 */
export function packBits(values: Int32Array, start: number, count: number, width: number, out: Bytes): void {
  if (width === 0) return;
  const bytes = Math.ceil(count / 8) * width;
  const end = start + count;
  const packed = reserveWords(bytes);
  let pending = 0;
  let bits = 0;
  let at = 0;
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    pending |= value << bits;
    bits += width;
    if (bits >= 32) {
      packed[at++] = pending;
      bits -= 32;
      pending = bits === 0 ? 0 : value >>> (width - bits);
    }
  }
  finishWords(packed, at, pending, bytes, out);
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
  const bytes = Math.ceil(count / 8) * width;
  const end = start + count;
  const packed = reserveWords(bytes);
  const highWidth = width - 32;
  let pending = 0;
  let bits = 0; // of `pending` in use, always below 32
  let at = 0;
  for (let i = start; i < end; i++) {
    const value = low[i]!;
    packed[at++] = pending | (value << bits);
    pending = bits === 0 ? 0 : value >>> (32 - bits);
    const top = high[i]!;
    pending |= top << bits;
    bits += highWidth;
    if (bits >= 32) {
      packed[at++] = pending;
      bits -= 32;
      pending = bits === 0 ? 0 : top >>> (highWidth - bits);
    }
  }
  finishWords(packed, at, pending, bytes, out);
}

/** Packs zeros and ones, as Parquet stores booleans and levels. */
export function packBooleans(values: Uint8Array, count: number, out: Bytes): void {
  const size = Math.ceil(count / 8);
  out.reserve(size);
  const { buffer } = out;
  let at = out.length;
  for (let i = 0; i < count; i += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8 && i + bit < count; bit++) byte |= values[i + bit]! << bit;
    buffer[at++] = byte;
  }
  out.length = at;
}

function reserveWords(bytes: number): Int32Array<ArrayBuffer> {
  const count = (bytes >> 2) + 2;
  if (words.length < count) words = new Int32Array(count * 2);
  return words;
}

function finishWords(
  packed: Int32Array<ArrayBuffer>,
  at: number,
  pending: number,
  bytes: number,
  out: Bytes,
) {
  packed[at] = pending;
  packed.fill(0, at + 1, ((bytes + 3) >> 2) + 1);
  out.append(new Uint8Array(packed.buffer, 0, bytes));
}
