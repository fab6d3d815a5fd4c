/** TLS records and the handshake messages in them (RFC 8446 sections 5.1 and 4). */
import { byte, half } from '../../../assembly/bytes';

export const CHANGE_CIPHER_SPEC: i32 = 20;
export const ALERT: i32 = 21;
export const HANDSHAKE: i32 = 22;
export const APPLICATION_DATA: i32 = 23;
const HEARTBEAT: i32 = 24; // RFC 6520

export const CLIENT_HELLO: i32 = 1;
export const SERVER_HELLO: i32 = 2;
export const SERVER_KEY_EXCHANGE: i32 = 12;

export const RECORD_HEADER: i32 = 5;
export const MESSAGE_HEADER: i32 = 4;
const MAX_RECORD: i32 = RECORD_HEADER + 16384 + 2048; // RFC 5246 section 6.2.3
const MAX_HELLO: i32 = 65536;

export function isRecord(at: i32): bool {
  const type = byte(at);
  return (
    type >= CHANGE_CIPHER_SPEC &&
    type <= HEARTBEAT &&
    byte(at + 1) === 3 &&
    byte(at + 2) <= 4 &&
    RECORD_HEADER + half(at + 3) <= MAX_RECORD
  );
}

/** Whether a stream begins with a ClientHello or ServerHello. */
export function startsHandshake(start: i32, end: i32): bool {
  if (end - start < 6 || byte(start) !== HANDSHAKE || !isRecord(start)) return false;
  return byte(start + 5) === CLIENT_HELLO || byte(start + 5) === SERVER_HELLO;
}

/** How much is read of a record. */
export function recordWanted(type: i32, length: i32): i32 {
  return type >= APPLICATION_DATA ? RECORD_HEADER : length;
}

/** How much is read of a handshake message. */
export function handshakeWanted(type: i32, length: i32): i32 {
  if (type === CLIENT_HELLO || type === SERVER_HELLO) return min(length, MAX_HELLO);
  return type === SERVER_KEY_EXCHANGE ? min(length, 8) : MESSAGE_HEADER;
}
