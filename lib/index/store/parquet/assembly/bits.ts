/** Unsigned LEB128; returns where it ends. */
export function varint(at: usize, value: u64): usize {
  let rest = value;
  let end = at;
  for (; rest >= 128; rest >>= 7) store<u8>(end++, <u8>(rest | 128));
  store<u8>(end, <u8>rest);
  return end + 1;
}

/** Signed LEB128 in zigzag form. */
export function zigzag(at: usize, value: i64): usize {
  return varint(at, (value << 1) ^ (value >> 63));
}

/**
 * Packs `count` values, each less `base`, at `width` bits, least significant bit first, as Parquet's RLE and delta
 * encodings do; zeros follow the last one up to a multiple of eight. Returns where it ends.
 */
export function pack<T extends number>(from: usize, count: i32, base: T, width: i32, at: usize): usize {
  const end = at + <usize>((count + 7) / 8) * width;
  if (width === 0) return end;
  let pending: u64 = 0;
  let bits = 0; // of `pending` in use, always below 64
  let out = at;
  for (let i = 0; i < count; i++) {
    const raw = load<T>(from + <usize>i * sizeof<T>()) - base;
    const value = sizeof<T>() === 4 ? <u64>(<u32>raw) : <u64>raw;
    pending |= value << bits;
    bits += width;
    if (bits >= 64) {
      store<u64>(out, pending);
      out += 8;
      bits -= 64;
      pending = bits === 0 ? 0 : value >> (width - bits);
    }
  }
  for (; out < end; pending >>= 8) store<u8>(out++, <u8>pending);
  return end;
}
