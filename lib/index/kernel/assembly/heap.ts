/** Memory of what lives as long as a conversation: blocks of powers of two, with a list of the free ones of each size. */
import { FREE_AT, HEAP_AT, HEAP_BYTES } from '../layout';

const LEAST_BITS: i32 = 4;
const LISTS: i32 = 32; // one for each size that there could be

let top: i32 = HEAP_AT;

/** All blocks are free. */
export function resetHeap(): void {
  memory.fill(FREE_AT, 0, LISTS << 2);
  top = HEAP_AT;
}

/** A block with room for so many bytes, whatever they were; 0 when there is no more. */
export function allocate(bytes: i32): i32 {
  const bits = bitsOf(bytes);
  const list = FREE_AT + (bits << 2);
  const free = load<i32>(list);
  if (free !== 0) {
    store<i32>(list, load<i32>(free));
    return free;
  }
  if (top > HEAP_AT + HEAP_BYTES - (1 << bits)) return 0;
  const block = top;
  top += 1 << bits;
  return block;
}

/** As {@link allocate}, all zero. */
export function allocateZero(bytes: i32): i32 {
  const block = allocate(bytes);
  if (block !== 0) memory.fill(block, 0, bytes);
  return block;
}

/** `bytes`: as many as were asked for, or as fit. */
export function release(block: i32, bytes: i32): void {
  const list = FREE_AT + (bitsOf(bytes) << 2);
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
