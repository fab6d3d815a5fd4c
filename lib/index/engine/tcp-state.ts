/** What the states of the two ends of a TCP connection amount to, as Zeek defines them. */
import { CLOSED, DIRECTION_INTEGERS, INTEGERS_OF_DIRECTION, STATE } from './row.ts';

/** True when at least one end sent a FIN or a RST: a SYN after that begins another connection. */
export function hasOneClosed(integers: Int32Array, base: number): boolean {
  const orig = integers[base + INTEGERS_OF_DIRECTION + STATE]! & 15;
  const resp = integers[base + INTEGERS_OF_DIRECTION + DIRECTION_INTEGERS + STATE]! & 15;
  return orig >= CLOSED || resp >= CLOSED;
}
