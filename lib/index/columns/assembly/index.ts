/**
 * Makes columns of what the kernel leaves, in its memory, but not always on its thread: what both write to at any time are
 * places of their own.
 */
export { makeConn } from './conn/columns';
export { makePackets } from './packets';

/** Where the memory of the program itself ends: constants and texts. */
export function staticEnd(): i32 {
  return <i32>__heap_base;
}
