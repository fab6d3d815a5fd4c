/** Reads from memory, numbers big-endian; the caller has checked the bounds. */

export function byte(at: i32): i32 {
  return <i32>load<u8>(<usize>at);
}

export function half(at: i32): i32 {
  return <i32>bswap(load<u16>(<usize>at));
}

/** Three bytes. */
export function triple(at: i32): i32 {
  return (byte(at) << 16) | half(at + 1);
}

export function word(at: i32): i32 {
  return bswap(load<i32>(<usize>at));
}

/** Where the byte is between `start` and `end`, or -1. */
export function indexOf(value: i32, start: i32, end: i32): i32 {
  for (let at = start; at < end; at++) if (byte(at) === value) return at;
  return -1;
}

/** Whether an ASCII text stands at `start`. */
export function matches(start: i32, end: i32, text: string): bool {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (byte(start + i) !== text.charCodeAt(i)) return false;
  return true;
}

export function isEqual(one: i32, other: i32, length: i32): bool {
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    if (load<u64>(<usize>(one + at)) !== load<u64>(<usize>(other + at))) return false;
  }
  for (; at < length; at++) if (byte(one + at) !== byte(other + at)) return false;
  return true;
}
