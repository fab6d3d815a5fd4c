import { u16 } from '../bytes.ts';
import { type ClientHello, parseClientHello } from './client-hello.ts';
import { isGrease } from './constants.ts';
import { ja4 } from './ja4.ts';

const SLOTS = 256;
const MAX_OUTLINE = 1024; // bytes; a longer hello is odd, and not kept
const MAX_SESSION = 32;
const SIGNATURE_ALGORITHMS = 13;
const ALPN = 16;
const EARLY_DATA = 42;
const SUPPORTED_VERSIONS = 43;

/** What a ClientHello says of the program that sent it. */
export interface ClientKind {
  version: number | null; // the highest; null where the capture does not show it
  protocol: string | null; // ALPN, the first
  ja4: string | null; // null where the hello is cut
  earlyData: boolean; // the client may send data before it knows the ServerHello (0-RTT)
}

/** `transport` is t for TCP, q for QUIC. */
export function kindOf(hello: ClientHello, transport: 't' | 'q'): ClientKind {
  return {
    version: offered(hello),
    protocol: hello.protocols[0] ?? null,
    ja4: hello.cut ? null : ja4(hello, transport),
    earlyData: hello.extensions.includes(EARLY_DATA),
  };
}

function offered(client: ClientHello): number | null {
  const versions = client.versions.filter(version => !isGrease(version));
  if (versions.length > 0) return Math.max(...versions);
  return client.cut ? null : client.version;
}

interface Known {
  outline: Uint8Array;
  kind: ClientKind;
}

/** Kinds of clients that were met: they are few, and what is made of a hello is the same for all of a kind. */
export class ClientKinds {
  readonly #transport: 't' | 'q';
  readonly #known: (Known | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #outline = new Uint8Array(MAX_OUTLINE);
  #length = 0;
  /** Where the last hello has its extension server_name; 0 where it has none. */
  serverName = 0;

  constructor(transport: 't' | 'q') {
    this.#transport = transport;
  }

  /** The kind of the hello at `start`; undefined when that is not whole or odd. */
  find(buf: Uint8Array, start: number, end: number): ClientKind | undefined {
    if (!this.#takeOutline(buf, start, end)) return undefined;
    const slot = this.#hash() % SLOTS;
    const known = this.#known[slot];
    if (known !== undefined && this.#isOutline(known.outline)) return known.kind;
    const hello = parseClientHello(buf, start, end);
    if (hello === undefined) return undefined;
    const kind = kindOf(hello, this.#transport);
    this.#known[slot] = { outline: this.#outline.slice(0, this.#length), kind };
    return kind;
  }

  /** All that a kind is made of: version, ciphers, types of extensions, and what stands in three of these. */
  #takeOutline(buf: Uint8Array, start: number, end: number): boolean {
    this.#length = 0;
    this.serverName = 0;
    if (end - start < 35 || buf[start] !== 3 || buf[start + 34]! > MAX_SESSION) return false;
    const ciphers = start + 35 + buf[start + 34]!;
    if (ciphers + 2 > end) return false;
    const ciphersEnd = ciphers + 2 + u16(buf, ciphers);
    if (ciphersEnd + 1 > end) return false;
    const extensions = ciphersEnd + 1 + buf[ciphersEnd]!;
    if (extensions + 2 > end) return false;
    const stop = extensions + 2 + u16(buf, extensions);
    if (stop > end || stop - start > MAX_OUTLINE) return false;
    this.#copy(buf, start, start + 2);
    this.#copy(buf, ciphers, ciphersEnd);
    for (let pos = extensions + 2; pos + 4 <= stop; ) {
      const to = pos + 4 + u16(buf, pos + 2);
      if (to > stop) return false;
      const type = u16(buf, pos);
      const counts = type === SIGNATURE_ALGORITHMS || type === ALPN || type === SUPPORTED_VERSIONS;
      this.#copy(buf, pos, counts ? to : pos + 2);
      if (type === 0) this.serverName = pos;
      pos = to;
    }
    return true;
  }

  #copy(buf: Uint8Array, start: number, end: number): void {
    const outline = this.#outline;
    let length = this.#length;
    for (let pos = start; pos < end; pos++) outline[length++] = buf[pos]!;
    this.#length = length;
  }

  /** FNV-1a. */
  #hash(): number {
    const outline = this.#outline;
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.#length; i++) hash = Math.imul(hash ^ outline[i]!, 0x01000193);
    return hash >>> 0;
  }

  #isOutline(other: Uint8Array): boolean {
    if (other.length !== this.#length) return false;
    const outline = this.#outline;
    for (let i = 0; i < other.length; i++) if (other[i] !== outline[i]) return false;
    return true;
  }
}
