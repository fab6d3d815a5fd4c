/** The rows that rules read: one cursor for each table, moved from row to row; it is not to be kept. */

import type { Batch } from '../table.ts';
import { Counts, Numbers, Texts, Times } from './columns.ts';
import { Ends } from './ends.ts';
import type { Resolver } from './queries/resolvers.ts';
import type { Responses } from './requests.ts';

class Cursor {
  row = 0;
  readonly #ts: Times;
  readonly #uid: Texts;
  readonly #origHost: Texts;
  readonly #origPort: Numbers;
  readonly #respHost: Texts;
  readonly #respPort: Numbers;

  constructor(batch: Batch) {
    this.#ts = new Times(batch, 'ts');
    this.#uid = new Texts(batch, 'uid');
    this.#origHost = new Texts(batch, 'id_orig_h');
    this.#origPort = new Numbers(batch, 'id_orig_p');
    this.#respHost = new Texts(batch, 'id_resp_h');
    this.#respPort = new Numbers(batch, 'id_resp_p');
  }

  get ts(): bigint {
    return this.#ts.at(this.row) ?? 0n;
  }
  get uid(): string {
    return this.#uid.at(this.row) ?? '';
  }
  get origHost(): string {
    return this.#origHost.at(this.row) ?? '';
  }
  get origPort(): number {
    return this.#origPort.or0(this.row);
  }
  get respHost(): string {
    return this.#respHost.at(this.row) ?? '';
  }
  get respPort(): number {
    return this.#respPort.or0(this.row);
  }
}

/** One side of a TCP conversation. */
export class Side {
  readonly #bytes: Counts;
  readonly #packets: Counts;
  readonly #ipBytes: Counts;
  readonly #tcpFlags: Numbers;
  readonly #retransmissions: Numbers;
  readonly #zeroWindows: Numbers;

  constructor(batch: Batch, end: 'orig' | 'resp') {
    this.#bytes = new Counts(batch, `${end}_bytes`);
    this.#packets = new Counts(batch, `${end}_pkts`);
    this.#ipBytes = new Counts(batch, `${end}_ip_bytes`);
    this.#tcpFlags = new Numbers(batch, `${end}_tcp_flags`);
    this.#retransmissions = new Numbers(batch, `${end}_retx`);
    this.#zeroWindows = new Numbers(batch, `${end}_zero_win`);
  }

  bytes(row: number): number {
    return this.#bytes.or0(row);
  }
  packets(row: number): number {
    return this.#packets.or0(row);
  }
  ipBytes(row: number): number {
    return this.#ipBytes.or0(row);
  }
  tcpFlags(row: number): number {
    return this.#tcpFlags.or0(row);
  }
  retransmissions(row: number): number {
    return this.#retransmissions.or0(row);
  }
  zeroWindows(row: number): number {
    return this.#zeroWindows.or0(row);
  }
}

export class ConnRow extends Cursor {
  readonly #proto: Texts;
  readonly #state: Texts;
  readonly clients: Ends;
  readonly servers: Ends;
  readonly orig: Side;
  readonly resp: Side;
  /** Numbers in {@link Traffic}; -1 when the flow is not TCP, or beyond what is counted. */
  server = -1;
  path = -1;

  constructor(batch: Batch) {
    super(batch);
    this.#proto = new Texts(batch, 'proto');
    this.#state = new Texts(batch, 'conn_state');
    this.clients = new Ends(batch, 'orig');
    this.servers = new Ends(batch, 'resp');
    this.orig = new Side(batch, 'orig');
    this.resp = new Side(batch, 'resp');
  }

  get proto(): string {
    return this.#proto.at(this.row) ?? '';
  }
  get state(): string {
    return this.#state.at(this.row) ?? '';
  }
  get origName(): string | null {
    return this.clients.name(this.clients.index[this.row]!);
  }
  get respName(): string | null {
    return this.servers.name(this.servers.index[this.row]!);
  }
  /** The client, as an engineer would call it. */
  get client(): string {
    return this.origName ?? this.origHost;
  }
  /** The server and its port. */
  get serverName(): string {
    const name = this.respName;
    return name === null ? endpoint(this.respHost, this.respPort) : `${name} port ${this.respPort}`;
  }
}

export class DnsRow extends Cursor {
  readonly #query: Texts;
  readonly #rcodeName: Texts;
  /** Undefined beyond what is counted. */
  resolver: Resolver | undefined;

  constructor(batch: Batch) {
    super(batch);
    this.#query = new Texts(batch, 'query');
    this.#rcodeName = new Texts(batch, 'rcode_name');
  }

  get query(): string | null {
    return this.#query.at(this.row);
  }
  get rcodeName(): string {
    return this.#rcodeName.at(this.row) ?? '';
  }
}

export class SslRow extends Cursor {
  readonly #serverName: Texts;
  readonly #alert: Texts;

  constructor(batch: Batch) {
    super(batch);
    this.#serverName = new Texts(batch, 'server_name');
    this.#alert = new Texts(batch, 'alert');
  }

  get serverName(): string | null {
    return this.#serverName.at(this.row);
  }
  get alert(): string | null {
    return this.#alert.at(this.row);
  }
}

export class HttpRow extends Cursor {
  readonly #method: Texts;
  readonly #host: Texts;
  readonly #uri: Texts;
  readonly #status: Numbers;
  readonly #grpcStatus: Numbers;
  /** All requests, and all gRPC calls, to the same destination; undefined beyond what is counted. */
  responses: Responses | undefined;
  calls: Responses | undefined;

  constructor(batch: Batch) {
    super(batch);
    this.#method = new Texts(batch, 'method');
    this.#host = new Texts(batch, 'host');
    this.#uri = new Texts(batch, 'uri');
    this.#status = new Numbers(batch, 'status_code');
    this.#grpcStatus = new Numbers(batch, 'grpc_status');
  }

  get method(): string | null {
    return this.#method.at(this.row);
  }
  get host(): string | null {
    return this.#host.at(this.row);
  }
  get uri(): string | null {
    return this.#uri.at(this.row);
  }
  get status(): number | null {
    return this.#status.at(this.row);
  }
  get grpcStatus(): number | null {
    return this.#grpcStatus.at(this.row);
  }
}

/** "10.0.0.1:80", "[2001:db8::1]:80". */
export function endpoint(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
