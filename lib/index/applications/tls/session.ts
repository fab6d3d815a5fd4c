import type { FlowRef } from '../../analyser.ts';
import type { RowBuffer } from '../row-buffer.ts';
import { cipherName } from './ciphers.ts';
import type { ClientHello } from './client-hello.ts';
import { groupName, isGrease, versionName } from './constants.ts';
import { ja4 } from './ja4.ts';
import type { ServerHello } from './server-hello.ts';

const TLS13 = 0x0304;
const EARLY_DATA = 42;

/** What is kept of a ClientHello: connections live long, and a hello is large. */
interface Offer {
  version: number | null; // the highest; null where the capture does not show it
  serverName: string | null;
  protocol: string | null;
  sessionId: string;
  ja4: string | null;
  earlyData: boolean; // the client may send data before it knows the ServerHello (0-RTT)
  cut: boolean;
}

/** What one handshake shows, over TCP or QUIC: a row of `ssl`, as in Zeek's ssl.log. */
export class TlsSession {
  readonly #flow: FlowRef;
  readonly #rows: RowBuffer;
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

  constructor(flow: FlowRef, rows: RowBuffer, transport: 'tcp' | 'quic') {
    this.#flow = flow;
    this.#rows = rows;
    this.#transport = transport;
  }

  clientHello(time: number, hello: ClientHello): void {
    this.#time ??= time;
    // After a HelloRetryRequest the client says the same again; the first says all, unless it was cut.
    if (this.#offer !== undefined && !this.#offer.cut) return;
    this.#offer = {
      version: offered(hello),
      serverName: hello.serverName,
      protocol: hello.protocols[0] ?? null,
      sessionId: hello.sessionId,
      ja4: hello.cut ? null : ja4(hello, this.#transport === 'tcp' ? 't' : 'q'),
      earlyData: hello.extensions.includes(EARLY_DATA),
      cut: hello.cut,
    };
  }

  serverHello(time: number, hello: ServerHello): void {
    this.#time ??= time;
    if (hello.retry) this.retried = true;
    else this.#server = hello;
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
    return this.#offer?.earlyData === true;
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
    const version = server?.version ?? offer?.version ?? null;
    const group = server?.group ?? this.group;
    this.#rows.add(this.#flow, this.#time, {
      transport: this.#transport,
      version: version === null ? null : versionName(version),
      cipher: server ? cipherName(server.cipher) : null,
      curve: group === null ? null : groupName(group),
      server_name: offer?.serverName ?? null,
      next_protocol: server?.protocol ?? offer?.protocol ?? null,
      ja4: offer?.ja4 ?? null,
      resumed: resumed(offer, server),
      established: this.established,
      alert: this.alert,
      truncated: this.#unreadable || offer?.cut === true || server?.cut === true,
    });
  }
}

function offered(client: ClientHello): number | null {
  const versions = client.versions.filter(version => !isGrease(version));
  if (versions.length > 0) return Math.max(...versions);
  return client.cut ? null : client.version;
}

/** TLS 1.3: the server took the offered key. Before: it gave the session id back that the client asked for. */
function resumed(offer: Offer | undefined, server: ServerHello | undefined): boolean {
  if (server === undefined) return false;
  if (server.version >= TLS13) return server.preSharedKey;
  return server.sessionId !== '' && server.sessionId === offer?.sessionId;
}
