import { isRecord } from './conversation.ts';

/** Whether a stream begins with a ClientHello or ServerHello. */
export function startsHandshake(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < 6 || buf[start] !== 22 || !isRecord(buf, start)) return false;
  return buf[start + 5] === 1 || buf[start + 5] === 2;
}
