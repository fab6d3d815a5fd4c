/** Addresses as texts. */

import { addIpv4, addIpv6 } from './text';

const groups: StaticArray<i32> = [0, 0, 0, 0, 0, 0, 0, 0];

/** Adds an address of IP version 4, which is the first word, or 6. */
export function addAddress(version: i32, first: i32, second: i32, third: i32, fourth: i32): void {
  if (version === 4) {
    addIpv4(first);
    return;
  }
  putWord(0, first);
  putWord(1, second);
  putWord(2, third);
  putWord(3, fourth);
  addIpv6(groups, true);
}

function putWord(at: i32, word: i32): void {
  groups[2 * at] = <u32>word >> 16;
  groups[2 * at + 1] = word & 0xffff;
}
