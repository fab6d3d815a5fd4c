/** The ServerHello of TLS 1.0 to 1.3 and QUIC (RFC 8446 section 4.1.3), as it was read last. */
import { byte, half } from '../../../assembly/bytes';

const ALPN: i32 = 16;
const PRE_SHARED_KEY: i32 = 41;
const SUPPORTED_VERSIONS: i32 = 43;
const KEY_SHARE: i32 = 51;

/** Negotiated, supported_versions respected. */
export let version: i32 = 0;
export let cipher: i32 = 0;
export let sessionAt: i32 = 0;
export let sessionLength: i32 = 0;
/** ALPN: where the protocol is, 0 for none. */
export let protocolAt: i32 = 0;
export let protocolLength: i32 = 0;
/** Of the key share, -1 for none. */
export let group: i32 = -1;
/** The offered key was accepted: TLS 1.3 resumption. */
export let preSharedKey: bool = false;
/** It is a HelloRetryRequest. */
export let isRetry: bool = false;
export let isCut: bool = false;

/** The hello at `start`, behind the four bytes of the handshake header; false when it is none. */
export function readServerHello(start: i32, end: i32): bool {
  if (end - start < 35 || byte(start) !== 3) return false;
  const at = start + 35 + byte(start + 34);
  if (byte(start + 34) > 32 || at + 3 > end) return false;
  version = half(start);
  sessionAt = start + 35;
  sessionLength = byte(start + 34);
  cipher = half(at);
  protocolAt = 0;
  group = -1;
  preSharedKey = false;
  isRetry = isRetryRandom(start + 2);
  isCut = false;
  if (at + 5 > end) return true;
  const stop = at + 5 + half(at + 3);
  isCut = stop > end;
  readExtensions(at + 5, min(stop, end));
  return true;
}

/** SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3. */
function isRetryRandom(at: i32): bool {
  return (
    load<u64>(at) === 0x11619ae574ad21cf &&
    load<u64>(at, 8) === 0x91b8651e028c1dbe &&
    load<u64>(at, 16) === 0x5e8cbb7a1611a2c2 &&
    load<u64>(at, 24) === 0x9c33a8c8e2099e07
  );
}

/** Numbers are the IANA "TLS ExtensionType Values". */
function readExtensions(start: i32, end: i32): void {
  for (let at = start; at + 4 <= end; at += 4 + half(at + 2)) {
    const from = at + 4;
    const to = from + half(at + 2);
    if (to > end) return;
    const type = half(at);
    if (type === ALPN) readProtocol(from + 2, to);
    else if (type === PRE_SHARED_KEY) preSharedKey = true;
    else if (type === SUPPORTED_VERSIONS && to - from >= 2) version = half(from);
    else if (type === KEY_SHARE && to - from >= 2) group = half(from);
  }
}

/** The first of the names of RFC 7301, each behind its length. */
function readProtocol(start: i32, end: i32): void {
  protocolAt = 0;
  if (start >= end || start + 1 + byte(start) > end) return;
  protocolAt = start + 1;
  protocolLength = byte(start);
}
