/** The memory of a program that grows as it is needed. */

import { resetHeap } from './heap';
import { useSeed } from './texts';
import { clear, openVector, reserve } from './vector';

const FREE_AT: i32 = 1024;
const HEAP_AT: i32 = 4096;
const MOST_BYTES: i32 = 1073741824;

let input: i32 = 0;

/** Nothing is in use any more. */
export function resetMemory(seed: i32): void {
  resetHeap(FREE_AT, HEAP_AT, MOST_BYTES);
  useSeed(seed);
  input = openVector();
}

/** Room for so many bytes that are handed in, in place of what was handed in before. */
export function prepare(bytes: i32): i32 {
  clear(input);
  return reserve(input, bytes);
}
