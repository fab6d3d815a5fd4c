/** Vectors: bytes that grow in number (see layout.ts). */

import { allocate, allocateZero, release, roomFor } from './heap';
import { AT, ROOM, USED, VECTOR_INTEGERS } from './layout';

export function openVector(): i32 {
  return allocateZero(VECTOR_INTEGERS << 2);
}

/** Makes room for `more` bytes; returns where they are to lie. Traps where there is no more memory, which callers see to. */
export function reserve(vector: i32, more: i32): i32 {
  const used = load<i32>(vector, USED << 2);
  const room = load<i32>(vector, ROOM << 2);
  if (used + more > room) grow(vector, used, room, max(used + more, 2 * used));
  return load<i32>(vector) + used;
}

function grow(vector: i32, used: i32, room: i32, bytes: i32): void {
  const block = allocate(bytes);
  if (block === 0) unreachable();
  if (room !== 0) {
    memory.copy(block, load<i32>(vector), used);
    release(load<i32>(vector), room);
  }
  store<i32>(vector, block, AT << 2);
  store<i32>(vector, roomFor(bytes), ROOM << 2);
}

/** So many of the bytes that there is room for are in use. */
export function use(vector: i32, more: i32): void {
  store<i32>(vector, load<i32>(vector, USED << 2) + more, USED << 2);
}

export function push(vector: i32, value: i32): void {
  store<i32>(reserve(vector, 4), value);
  use(vector, 4);
}

export function usedOf(vector: i32): i32 {
  return load<i32>(vector, USED << 2);
}

export function clear(vector: i32): void {
  store<i32>(vector, 0, USED << 2);
}
