import type { Bytes } from './bytes.ts';
import { encoder } from './encoder.ts';

/*
 * Parquet's RLE/bit-packing hybrid, for levels and for indexes into a dictionary. One run where all values are
 * the same, else one bit-packed run.
 */

/** `count` times one value. */
export function encodeRun(value: number, count: number, width: number, out: Bytes): void {
  out.varint(count * 2);
  for (let shift = 0; shift < width; shift += 8) out.byte(value >>> shift);
}

/** Values that differ, each less `base`. */
export function encodePacked(
  values: Int32Array,
  count: number,
  base: number,
  width: number,
  out: Bytes,
): void {
  out.varint(Math.ceil(count / 8) * 2 + 1);
  encoder.take(values, count);
  encoder.pack32(base, width, out);
}

/** Zeros and ones, without a run's header, as Parquet stores booleans. */
export function encodeBits(values: Uint8Array, count: number, out: Bytes): void {
  encoder.take(values, count);
  encoder.pack8(out);
}

/** Zeros and ones. */
export function encodePackedBits(values: Uint8Array, count: number, out: Bytes): void {
  out.varint(Math.ceil(count / 8) * 2 + 1);
  encodeBits(values, count, out);
}
