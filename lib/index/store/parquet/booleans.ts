import type { Bytes } from './bytes.ts';

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
