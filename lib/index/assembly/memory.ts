/** The memory of a program that grows as it is needed. */

import { resetHeap } from './heap';
import { useSeed } from './texts';
import { clear, openVector, reserve } from './vector';

const FREE_BYTES: i32 = 128;
const MOST_BYTES: i32 = 1073741824;

let input: i32 = 0;

/** Nothing is in use any more. */
export function resetMemory(seed: i32): void {
  const free = (<i32>__heap_base + 15) & ~15; // behind the program's own constants
  resetHeap(free, free + FREE_BYTES, MOST_BYTES);
  useSeed(seed);
  input = openVector();
}

/** Room for so many bytes that are handed in, in place of what was handed in before. */
export function prepare(bytes: i32): i32 {
  clear(input);
  return reserve(input, bytes);
}
