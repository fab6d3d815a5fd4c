import type { FlowRef } from '../../analyser.ts';
import type { RowBuffer } from '../row-buffer.ts';
import { cipherName } from './ciphers.ts';
import type { ClientHello } from './client-hello.ts';
import { groupName, isGrease, versionName } from './constants.ts';
import { ja4 } from './ja4.ts';
import type { ServerHello } from './server-hello.ts';

const TLS13 = 0x0304;
const EARLY_DATA = 42;

/** What one handshake shows, over TCP or QUIC: a row of `ssl`, as in Zeek's ssl.log. */
export class TlsSession {
  readonly #flow: FlowRef;
  readonly #rows: RowBuffer;
  readonly #transport: 'tcp' | 'quic';
  #time: number | undefined; // of the first hello
  #client: ClientHello | undefined;
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
    if (this.#client === undefined || this.#client.cut) this.#client = hello;
  }

  serverHello(time: number, hello: ServerHello): void {
    this.#time ??= time;
    if (hello.retry) this.retried = true;
    else this.#server = hello;
  }

  get hasClientHello(): boolean {
    return this.#client !== undefined;
  }

  get hasServerHello(): boolean {
    return this.#server !== undefined;
  }

  /** A hello was sent of which the capture holds too little. */
  unreadable(time: number): void {
    this.#time ??= time;
    this.#unreadable = true;
  }

  /** The client may send data before it knows the ServerHello (0-RTT). */
  get earlyData(): boolean {
    return this.#client?.extensions.includes(EARLY_DATA) === true;
  }

  /** TLS 1.3 hides what follows the ServerHello in application data records. */
  get isTls13(): boolean {
    return this.#server !== undefined && this.#server.version >= TLS13;
  }

  /** Writes the row, once; nothing when no handshake was seen. */
  write(): void {
    if (this.#written || this.#time === undefined) return;
    this.#written = true;
    const client = this.#client;
    const server = this.#server;
    const version = server?.version ?? (client && offered(client));
    const group = server?.group ?? this.group;
    this.#rows.add(this.#flow, this.#time, {
      transport: this.#transport,
      version: version === undefined ? null : versionName(version),
      cipher: server ? cipherName(server.cipher) : null,
      curve: group === null ? null : groupName(group),
      server_name: client?.serverName ?? null,
      next_protocol: server?.protocol ?? client?.protocols[0] ?? null,
      ja4: client && !client.cut ? ja4(client, this.#transport === 'tcp' ? 't' : 'q') : null,
      resumed: resumed(client, server),
      established: this.established,
      alert: this.alert,
      truncated: this.#unreadable || client?.cut === true || server?.cut === true,
    });
  }
}

function offered(client: ClientHello): number {
  const versions = client.versions.filter(version => !isGrease(version));
  return versions.length > 0 ? Math.max(...versions) : client.version;
}

/** TLS 1.3: the server took the offered key. Before: it gave the session id back that the client asked for. */
function resumed(client: ClientHello | undefined, server: ServerHello | undefined): boolean {
  if (server === undefined) return false;
  if (server.version >= TLS13) return server.preSharedKey;
  return server.sessionId !== '' && server.sessionId === client?.sessionId;
}
