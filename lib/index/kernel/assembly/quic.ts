/** Of QUIC the kernel knows how it begins (RFC 9000 section 17.2); the rest is the caller's. */
import { byte, word } from '../../assembly/bytes';

const VERSION_1: u32 = 1;
const VERSION_2: u32 = 0x6b3343cf;
const DRAFT_23: u32 = 0xff000017;
const DRAFT_34: u32 = 0xff000022;
const MAX_CONNECTION_ID: i32 = 20;

/** Whether a datagram begins with a long header of a version known here; version negotiation comes from servers. */
export function startsQuic(start: i32, end: i32): bool {
  if (end - start < 24 || (byte(start) & 0xc0) !== 0xc0 || byte(start + 5) > MAX_CONNECTION_ID) return false;
  const version = <u32>word(start + 1);
  return version === VERSION_1 || version === VERSION_2 || (version >= DRAFT_23 && version <= DRAFT_34);
}
