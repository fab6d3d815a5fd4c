/** The ClientHello of TLS 1.0 to 1.3 and QUIC (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2). */

import { latin1, u16 } from '../bytes.ts';

const MAX_SESSION = 32;

export interface ClientHello {
  version: number; // legacy_version
  sessionId: string; // its bytes
  ciphers: number[];
  extensions: number[]; // types in the order sent
  serverName: string | null;
  protocols: string[]; // ALPN, in order
  versions: number[]; // supported_versions
  groups: number[];
  signatureAlgorithms: number[];
  preSharedKey: boolean;
  ticket: boolean; // a session ticket that is not empty (RFC 5077)
  cut: boolean; // the bytes end before the hello
}

/** The hello at `start`, behind the four bytes of the handshake header; undefined when it is none. */
export function parseClientHello(buf: Uint8Array, start: number, end: number): ClientHello | undefined {
  if (end - start < 35) return undefined;
  const sessionLength = buf[start + 34]!;
  if (sessionLength > MAX_SESSION || buf[start] !== 3) return undefined;
  const hello: ClientHello = {
    version: u16(buf, start),
    sessionId: latin1(buf, start + 35, Math.min(end, start + 35 + sessionLength)),
    ciphers: [],
    extensions: [],
    serverName: null,
    protocols: [],
    versions: [],
    groups: [],
    signatureAlgorithms: [],
    preSharedKey: false,
    ticket: false,
    cut: true,
  };
  let pos = start + 35 + sessionLength;
  if (pos + 2 > end) return hello;
  const ciphersEnd = pos + 2 + u16(buf, pos);
  for (pos += 2; pos + 2 <= Math.min(ciphersEnd, end); pos += 2) hello.ciphers.push(u16(buf, pos));
  if (ciphersEnd + 1 > end) return hello;
  pos = ciphersEnd + 1 + buf[ciphersEnd]!; // compression methods
  if (pos === end) hello.cut = false; // no extensions at all
  if (pos + 2 > end) return hello;
  const stop = pos + 2 + u16(buf, pos);
  readExtensions(hello, buf, pos + 2, Math.min(stop, end));
  hello.cut = stop > end;
  return hello;
}

function readExtensions(hello: ClientHello, buf: Uint8Array, start: number, end: number): void {
  let pos = start;
  while (pos + 4 <= end) {
    const type = u16(buf, pos);
    const from = pos + 4;
    const to = from + u16(buf, pos + 2);
    hello.extensions.push(type);
    readExtension(hello, type, buf, from, Math.min(to, end), to > end);
    pos = to;
  }
}

/** Numbers are the IANA "TLS ExtensionType Values". */
function readExtension(
  hello: ClientHello,
  type: number,
  buf: Uint8Array,
  start: number,
  end: number,
  cut: boolean,
): void {
  switch (type) {
    case 0:
      if (!cut) hello.serverName = serverName(buf, start, end);
      return;
    case 10:
      hello.groups = numbers(buf, start + 2, end);
      return;
    case 13:
      hello.signatureAlgorithms = numbers(buf, start + 2, end);
      return;
    case 16:
      hello.protocols = protocolNames(buf, start + 2, end);
      return;
    case 35:
      hello.ticket = end > start;
      return;
    case 41:
      hello.preSharedKey = true;
      return;
    case 43:
      hello.versions = numbers(buf, start + 1, end);
      return;
    default:
  }
}

/** What the body of the extension server_name says; null when it is malformed. */
export function serverName(buf: Uint8Array, start: number, end: number): string | null {
  // List length, type 0 (host_name), name length (RFC 6066 section 3).
  if (end - start < 5 || buf[start + 2] !== 0) return null;
  const to = start + 5 + u16(buf, start + 3);
  return to > end ? null : lowerCase(buf, start + 5, to);
}

/** Most names are in lower case already, and need no second text. */
function lowerCase(buf: Uint8Array, start: number, end: number): string {
  const text = latin1(buf, start, end);
  for (let pos = start; pos < end; pos++) {
    const byte = buf[pos]!;
    if ((byte >= 0x41 && byte <= 0x5a) || byte > 0x7f) return text.toLowerCase();
  }
  return text;
}

function numbers(buf: Uint8Array, start: number, end: number): number[] {
  const list: number[] = [];
  for (let pos = start; pos + 2 <= end; pos += 2) list.push(u16(buf, pos));
  return list;
}

/** Names of RFC 7301, each behind its length. */
export function protocolNames(buf: Uint8Array, start: number, end: number): string[] {
  const names: string[] = [];
  for (let pos = start; pos < end; pos += 1 + buf[pos]!) {
    const to = pos + 1 + buf[pos]!;
    if (to > end) break;
    names.push(latin1(buf, pos + 1, to));
  }
  return names;
}
