/** Frames of HTTP/2 (RFC 9113 section 4.1). */
import { byte, triple } from '../../../assembly/bytes';

export const FRAME_HEADER: i32 = 9;
const HEADERS: i32 = 1;
const CONTINUATION: i32 = 9;
const LAST_TYPE: i32 = 0x1f; // extension frames are rare and low
const MAX_FRAME: i32 = 1 << 20; // the default maximum is 16 KiB, few ask for more
const MAX_BLOCK: i32 = 65536;
const PREFACE: string = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const LEAST_PREFACE: i32 = 14; // by which a connection is recognised

/** A connection with prior knowledge begins with the client's preface (RFC 9113 section 3.4). */
export function startsPreface(start: i32, end: i32): bool {
  const length = min(PREFACE.length, end - start);
  if (length < LEAST_PREFACE) return false;
  for (let i = 0; i < length; i++) if (byte(start + i) !== PREFACE.charCodeAt(i)) return false;
  return true;
}

/** How many bytes from `start` on go on with the preface, of which `passed` came before. */
export function prefaceBytes(passed: i32, start: i32, end: i32): i32 {
  let at = start;
  while (at < end && passed + at - start < PREFACE.length) {
    if (byte(at) !== PREFACE.charCodeAt(passed + at - start)) break;
    at++;
  }
  return at - start;
}

export function isPrefaceWhole(passed: i32): bool {
  return passed >= PREFACE.length;
}

/** Of the frame that begins here, its header included; -1 where none can. */
export function frameLength(at: i32): i32 {
  const length = triple(at);
  return length <= MAX_FRAME && byte(at + 3) <= LAST_TYPE ? FRAME_HEADER + length : -1;
}

/** How much of a frame is read. */
export function frameWanted(at: i32, length: i32): i32 {
  const type = byte(at + 3);
  return type === HEADERS || type === CONTINUATION ? min(length, FRAME_HEADER + MAX_BLOCK) : FRAME_HEADER;
}

export function looksLikeFrame(start: i32, end: i32): bool {
  if (end - start < FRAME_HEADER || byte(start) !== 0) return false;
  return byte(start + 3) <= CONTINUATION && byte(start + 5) < 0x80 && triple(start) <= 16384;
}
