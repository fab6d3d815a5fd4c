import { bitWidth, packBits, packWideBits } from './bitpack.ts';
import type { Bytes } from './bytes.ts';

/*
 * Parquet's DELTA_BINARY_PACKED as in the format's Encodings.md: a header, then blocks of 128 deltas in four
 * miniblocks. Two forms, because whole numbers of 31 bits are three times as fast in JavaScript as larger ones.
 */
const BLOCK = 128;
const MINIBLOCKS = 4;
const MINIBLOCK = BLOCK / MINIBLOCKS;

/** The widest range of values that {@link encodeDelta} takes. */
export const NARROW = 2 ** 30;

const narrow = new Int32Array(BLOCK);
const greatest = new Int32Array(MINIBLOCKS); // of the deltas of each miniblock
const wide = new Float64Array(BLOCK);
const low = new Int32Array(BLOCK);
const high = new Int32Array(BLOCK);

/** Writes the header; `first` is the first value, which for 64-bit columns may exceed 2^53. */
function header(count: number, first: number | bigint, out: Bytes): void {
  out.varint(BLOCK);
  out.varint(MINIBLOCKS);
  out.varint(count);
  if (typeof first === 'number') {
    out.zigzag(first);
    return;
  }
  let rest = BigInt.asUintN(64, (first << 1n) ^ (first >> 63n));
  for (; rest >= 128n; rest >>= 7n) out.byte(Number(rest & 127n) | 128);
  out.byte(Number(rest));
}

/** `values[0..count)`, all within a range of {@link NARROW}; `first` stands for the value of `values[0]`. */
export function encodeDelta(values: Int32Array, count: number, first: number | bigint, out: Bytes): void {
  header(count, first, out);
  for (let start = 1; start < count; start += BLOCK) {
    encodeBlock(values, start, Math.min(BLOCK, count - start), out);
  }
}

function encodeBlock(values: Int32Array, start: number, size: number, out: Bytes): void {
  const least = findDeltas(values, start, size);
  narrow.fill(least, size);
  const widths = beginBlock(least, out);
  for (let block = 0; block < MINIBLOCKS; block++) {
    const range = Math.max(0, greatest[block]! - least); // of no delta at all it is below zero
    const width = 32 - Math.clz32(range);
    out.buffer[widths + block] = width;
    packBits(narrow, block * MINIBLOCK, MINIBLOCK, least, width, out);
  }
}

/** Writes the least delta and room for the width of each miniblock; returns where that is. */
function beginBlock(least: number, out: Bytes): number {
  out.zigzag(least);
  out.reserve(MINIBLOCKS);
  const widths = out.length;
  out.length += MINIBLOCKS;
  return widths;
}

/** Leaves the deltas of a block in `narrow`, the greatest of each miniblock in `greatest`; returns the least of all. */
function findDeltas(values: Int32Array, start: number, size: number): number {
  let previous = values[start - 1]!;
  let least = 0x7fffffff;
  for (let block = 0; block < MINIBLOCKS; block++) {
    const end = Math.min(size, (block + 1) * MINIBLOCK);
    let most = -0x80000000;
    for (let i = block * MINIBLOCK; i < end; i++) {
      const value = values[start + i]!;
      const delta = value - previous;
      previous = value;
      narrow[i] = delta;
      if (delta < least) least = delta;
      if (delta > most) most = delta;
    }
    greatest[block] = most;
  }
  return least;
}

/** As {@link encodeDelta} for whole numbers within a range of 2^51. */
export function encodeWideDelta(
  values: Float64Array,
  count: number,
  first: number | bigint,
  out: Bytes,
): void {
  header(count, first, out);
  for (let start = 1; start < count; start += BLOCK) {
    encodeWideBlock(values, start, Math.min(BLOCK, count - start), out);
  }
}

function encodeWideBlock(values: Float64Array, start: number, size: number, out: Bytes): void {
  const least = findWideDeltas(values, start, size);
  wide.fill(least, size);
  const widths = beginBlock(least, out);
  for (let block = 0; block < MINIBLOCKS; block++) {
    const width = encodeWideMiniblock(block * MINIBLOCK, least, out); // which may move the buffer
    out.buffer[widths + block] = width;
  }
}

/** Leaves the deltas of a block in `wide`; returns the least of them. */
function findWideDeltas(values: Float64Array, start: number, size: number): number {
  let previous = values[start - 1]!;
  let least = Infinity;
  for (let i = 0; i < size; i++) {
    const value = values[start + i]!;
    const delta = value - previous;
    previous = value;
    wide[i] = delta;
    if (delta < least) least = delta;
  }
  return least;
}

function encodeWideMiniblock(from: number, least: number, out: Bytes): number {
  let greatest = 0;
  for (let i = from; i < from + MINIBLOCK; i++) {
    const value = wide[i]! - least;
    if (value > greatest) greatest = value;
    const top = Math.floor(value / 4294967296);
    high[i] = top;
    low[i] = value - top * 4294967296;
  }
  const width = bitWidth(greatest);
  if (width <= 32) packBits(low, from, MINIBLOCK, 0, width, out);
  else packWideBits(low, high, from, MINIBLOCK, width, out);
  return width;
}
