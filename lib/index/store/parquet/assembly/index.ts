/** The loops of the encodings, compiled to WebAssembly (see encoder.ts): values lie at VALUES_AT. */

import { pack, varint, zigzag } from './bits';
import { DELTAS_AT, RESULT_AT, VALUES_AT } from './layout';

/*
 * Parquet's DELTA_BINARY_PACKED as in the format's Encodings.md: a header, then blocks of 128 deltas in four miniblocks.
 */
const BLOCK: i32 = 128;
const MINIBLOCKS: i32 = 4;
const MINIBLOCK: i32 = 32;

/** Leaves the least and the greatest value as the result. */
export function range32(count: i32): void {
  range<i32>(count);
}

export function range64(count: i32): void {
  range<i64>(count);
}

function range<T extends number>(count: i32): void {
  let least = load<T>(VALUES_AT);
  let greatest = least;
  for (let i = 1; i < count; i++) {
    const value = at<T>(i);
    least = min(least, value);
    greatest = max(greatest, value);
  }
  store<i64>(RESULT_AT, <i64>least);
  store<i64>(RESULT_AT, <i64>greatest, 8);
}

/** Each value less `base`, at `width` bits, to where `out` is; returns where they end. */
export function packed32(count: i32, base: i32, width: i32, out: usize): usize {
  return pack<i32>(VALUES_AT, count, base, width, out);
}

export function delta32(count: i32, out: usize): usize {
  return delta<i32>(count, out);
}

export function delta64(count: i32, out: usize): usize {
  return delta<i64>(count, out);
}

function delta<T extends number>(count: i32, out: usize): usize {
  let end = varint(out, BLOCK);
  end = varint(end, MINIBLOCKS);
  end = varint(end, count);
  end = zigzag(end, <i64>load<T>(VALUES_AT));
  for (let start = 1; start < count; start += BLOCK) {
    const least = findDeltas<T>(start, min(BLOCK, count - start));
    end = zigzag(end, least);
    const widths = end;
    end += MINIBLOCKS;
    for (let block = 0; block < MINIBLOCKS; block++) {
      const deltas = <usize>DELTAS_AT + <usize>(block * MINIBLOCK * 8);
      const width = widthOf(deltas, least);
      store<u8>(widths + block, <u8>width);
      end = pack<i64>(deltas, MINIBLOCK, least, width, end);
    }
  }
  return end;
}

/** Leaves the deltas of a block, and the least of them behind the last one; returns the least. */
function findDeltas<T extends number>(start: i32, size: i32): i64 {
  let previous = <i64>at<T>(start - 1);
  let least = i64.MAX_VALUE;
  for (let i = 0; i < size; i++) {
    const value = <i64>at<T>(start + i);
    const difference = value - previous;
    previous = value;
    store<i64>((<usize>i) << 3, difference, DELTAS_AT);
    least = min(least, difference);
  }
  for (let i = size; i < BLOCK; i++) store<i64>((<usize>i) << 3, least, DELTAS_AT);
  return least;
}

/** Bits that the deltas of a miniblock need, each less `least`. */
function widthOf(deltas: usize, least: i64): i32 {
  let used: u64 = 0;
  for (let i = 0; i < MINIBLOCK; i++) used |= load<i64>(deltas + ((<usize>i) << 3)) - least;
  return 64 - <i32>clz(used);
}

function at<T extends number>(index: i32): T {
  return load<T>((<usize>index) << (sizeof<T>() === 4 ? 2 : 3), VALUES_AT);
}
