import type { FlowRef } from '../../analyser.ts';
import { cipherName } from './ciphers.ts';
import { groupName, versionName } from './constants.ts';
import { type Offer, readOffer } from './offer.ts';
import type { SslRows } from './rows.ts';
import { parseServerHello, type ServerHello } from './server-hello.ts';

const TLS13 = 0x0304;

/** What one handshake shows, over TCP or QUIC: a row of `ssl`, as in Zeek's ssl.log. */
export class TlsSession {
  readonly #flow: FlowRef;
  readonly #rows: SslRows;
  readonly #transport: 'tcp' | 'quic';
  #time: number | undefined; // of the first hello
  #offer: Offer | undefined;
  #server: ServerHello | undefined;
  #written = false;
  /** Of the key exchange, where it is not in the hello (TLS 1.2). */
  group: number | null = null;
  established = false;
  alert: string | null = null;
  retried = false; // a HelloRetryRequest was seen
  #unreadable = false;

  constructor(flow: FlowRef, rows: SslRows, transport: 'tcp' | 'quic') {
    this.#flow = flow;
    this.#rows = rows;
    this.#transport = transport;
  }

  /** A message that says to be a ClientHello; `start` is behind its header. False when it is none. */
  clientHello(time: number, buf: Uint8Array, start: number, end: number): boolean {
    const offer = readOffer(this.#transport, buf, start, end);
    if (offer === undefined) return false;
    this.#time ??= time;
    // After a HelloRetryRequest the client says the same again; the first says all, unless it was cut.
    if (this.#offer === undefined || this.#offer.cut) this.#offer = offer;
    return true;
  }

  /** As {@link clientHello}. */
  serverHello(time: number, buf: Uint8Array, start: number, end: number): boolean {
    const hello = parseServerHello(buf, start, end);
    if (hello === undefined) return false;
    this.#time ??= time;
    if (hello.retry) this.retried = true;
    else this.#server = hello;
    return true;
  }

  get hasClientHello(): boolean {
    return this.#offer !== undefined;
  }

  get hasServerHello(): boolean {
    return this.#server !== undefined;
  }

  /** A hello was sent of which the capture holds too little. */
  unreadable(time: number): void {
    this.#time ??= time;
    this.#unreadable = true;
  }

  get earlyData(): boolean {
    return this.#offer?.kind.earlyData === true;
  }

  /** TLS 1.3 hides what follows the ServerHello in application data records. */
  get isTls13(): boolean {
    return this.#server !== undefined && this.#server.version >= TLS13;
  }

  /** Writes the row, once; nothing when no handshake was seen. */
  write(): void {
    if (this.#written || this.#time === undefined) return;
    this.#written = true;
    const offer = this.#offer;
    const server = this.#server;
    const version = server?.version ?? offer?.kind.version ?? null;
    const group = server?.group ?? this.group;
    this.#rows.add(this.#flow, this.#time, {
      transport: this.#transport,
      version: version === null ? null : versionName(version),
      cipher: server ? cipherName(server.cipher) : null,
      curve: group === null ? null : groupName(group),
      serverName: offer?.serverName ?? null,
      nextProtocol: server?.protocol ?? offer?.kind.protocol ?? null,
      ja4: offer?.kind.ja4 ?? null,
      resumed: resumed(offer, server),
      established: this.established,
      alert: this.alert,
      truncated: this.#unreadable || offer?.cut === true || server?.cut === true,
    });
  }
}

/** TLS 1.3: the server took the offered key. Before: it gave the session id back that the client asked for. */
function resumed(offer: Offer | undefined, server: ServerHello | undefined): boolean {
  if (server === undefined) return false;
  if (server.version >= TLS13) return server.preSharedKey;
  return server.sessionId !== '' && server.sessionId === offer?.sessionId;
}
