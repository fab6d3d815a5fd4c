/** Memory of what lives for a while: blocks of powers of two, with a list of the free ones of each size. */

const LEAST_BITS: i32 = 4;
/** One for each size that there could be, four bytes each. */
const LISTS: i32 = 32;
const PAGE: i32 = 65536;

let lists: i32 = 0;
let top: i32 = 0;
let end: i32 = 0;

/** All blocks, from `from` up to `to`, are free; what is known of them lies at `at`, 128 bytes. */
export function resetHeap(at: i32, from: i32, to: i32): void {
  memory.fill(at, 0, LISTS << 2);
  lists = at;
  top = from;
  end = to;
}

/** A block with room for so many bytes, whatever they were; 0 when there is no more. */
export function allocate(bytes: i32): i32 {
  const bits = bitsOf(bytes);
  const list = lists + (bits << 2);
  const free = load<i32>(list);
  if (free !== 0) {
    store<i32>(list, load<i32>(free));
    return free;
  }
  if (top > end - (1 << bits)) return 0;
  const block = top;
  if (!reach(block + (1 << bits))) return 0;
  top += 1 << bits;
  return block;
}

/** Whether memory goes on as far as that, or could be made to. */
function reach(address: i32): bool {
  const missing = <i32>((<u32>address + PAGE - 1) / PAGE) - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

/** As {@link allocate}, all zero. */
export function allocateZero(bytes: i32): i32 {
  const block = allocate(bytes);
  if (block !== 0) memory.fill(block, 0, bytes);
  return block;
}

/** `bytes`: as many as were asked for, or as fit. */
export function release(block: i32, bytes: i32): void {
  const list = lists + (bitsOf(bytes) << 2);
  store<i32>(block, load<i32>(list));
  store<i32>(list, block);
}

/** Where memory begins that was never in use. */
export function heapEnd(): i32 {
  return top;
}

/** How many bytes fit in a block that was asked for with so many. */
export function roomFor(bytes: i32): i32 {
  return 1 << bitsOf(bytes);
}

function bitsOf(bytes: i32): i32 {
  return max(LEAST_BITS, 32 - clz(bytes - 1));
}
