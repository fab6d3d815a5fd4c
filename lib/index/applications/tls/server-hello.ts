/** The ServerHello of TLS 1.0 to 1.3 and QUIC (RFC 8446 section 4.1.3). */

import { latin1, u16 } from '../bytes.ts';
import { protocolNames } from './client-hello.ts';

// SHA-256 of "HelloRetryRequest", RFC 8446 section 4.1.3
const RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

export interface ServerHello {
  version: number; // negotiated, supported_versions respected
  sessionId: string; // its bytes
  cipher: number;
  protocol: string | null; // ALPN
  group: number | null; // of the key share
  preSharedKey: boolean; // the offered key was accepted: TLS 1.3 resumption
  retry: boolean; // a HelloRetryRequest
  cut: boolean;
}

/** The hello at `start`, behind the four bytes of the handshake header; undefined when it is none. */
export function parseServerHello(buf: Uint8Array, start: number, end: number): ServerHello | undefined {
  if (end - start < 35 || buf[start] !== 3) return undefined;
  const pos = start + 35 + buf[start + 34]!;
  if (buf[start + 34]! > 32 || pos + 3 > end) return undefined;
  const hello: ServerHello = {
    version: u16(buf, start),
    sessionId: latin1(buf, start + 35, pos),
    cipher: u16(buf, pos),
    protocol: null,
    group: null,
    preSharedKey: false,
    retry: RETRY_RANDOM.every((byte, at) => buf[start + 2 + at] === byte),
    cut: false,
  };
  if (pos + 5 > end) return hello;
  const stop = pos + 5 + u16(buf, pos + 3);
  hello.cut = stop > end;
  readExtensions(hello, buf, pos + 5, Math.min(stop, end));
  return hello;
}

function readExtensions(hello: ServerHello, buf: Uint8Array, start: number, end: number): void {
  for (let pos = start; pos + 4 <= end; pos += 4 + u16(buf, pos + 2)) {
    const from = pos + 4;
    const to = from + u16(buf, pos + 2);
    if (to > end) return;
    const type = u16(buf, pos);
    if (type === 16) hello.protocol = protocolNames(buf, from + 2, to)[0] ?? null;
    if (type === 41) hello.preSharedKey = true;
    if (type === 43 && to - from >= 2) hello.version = u16(buf, from);
    if (type === 51 && to - from >= 2) hello.group = u16(buf, from);
  }
}
