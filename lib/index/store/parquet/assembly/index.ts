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

/** Zeros and ones of a byte each as bits. */
export function packed8(count: i32, out: usize): usize {
  return pack<u8>(VALUES_AT, count, 0, 1, out);
}

/** Leaves the least and the greatest number as the result; where there is no number, the least is the greater one. Returns whether all are numbers. */
export function rangeDouble(count: i32): bool {
  let least = Infinity;
  let greatest = -Infinity;
  let isNumber = true;
  for (let i = 0; i < count; i++) {
    const value = load<f64>((<usize>i) << 3, VALUES_AT);
    if (!(value <= Infinity)) isNumber = false;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  store<f64>(RESULT_AT, least);
  store<f64>(RESULT_AT, greatest, 8);
  return isNumber;
}

/** Turns bytes that say where there is none into such that say where there is one; returns how many there are. */
export function turn(nulls: usize, count: i32): i32 {
  let present = 0;
  for (let i = 0; i < count; i++) {
    const isPresent = load<u8>(nulls + i) === 0;
    store<u8>(nulls + i, <u8>isPresent);
    present += i32(isPresent);
  }
  return present;
}

/** Moves the values, of `width` bytes, that are present to the front. */
export function select(count: i32, width: i32, present: usize): void {
  if (width === 8) selected<u64>(count, present);
  else if (width === 4) selected<u32>(count, present);
  else selected<u8>(count, present);
}

function selected<T extends number>(count: i32, present: usize): void {
  let to: usize = VALUES_AT;
  for (let i = 0; i < count; i++) {
    if (load<u8>(present + i) === 0) continue;
    store<T>(to, at<T>(i));
    to += sizeof<T>();
  }
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
  return load<T>(<usize>index * sizeof<T>(), VALUES_AT);
}
