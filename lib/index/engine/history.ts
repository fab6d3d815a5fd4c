import { HISTORY, HISTORY_FLIPPED, HISTORY_LENGTH } from './row.ts';

/** True when the first packet of the flow was taken for one of its responder. */
export function beganFlipped(integers: Int32Array, base: number): boolean {
  return integers[base + HISTORY_LENGTH]! > 0 && (integers[base + HISTORY]! & 31) >> 1 === HISTORY_FLIPPED;
}
