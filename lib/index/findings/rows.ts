/** The rows that rules read: one cursor for each table, moved from row to row; it is not to be kept. */

import type { Batch } from '../table.ts';
import { Numbers, Texts, Times } from './columns.ts';

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

/** What is known of one end of a flow. */
export class End {
  readonly #namespace: Texts;
  readonly #pod: Texts;
  readonly #workloadKind: Texts;
  readonly #workload: Texts;
  readonly #service: Texts;
  readonly #node: Texts;

  constructor(batch: Batch, end: 'orig' | 'resp') {
    this.#namespace = new Texts(batch, `${end}_namespace`);
    this.#pod = new Texts(batch, `${end}_pod_name`);
    this.#workloadKind = new Texts(batch, `${end}_workload_kind`);
    this.#workload = new Texts(batch, `${end}_workload_name`);
    this.#service = new Texts(batch, `${end}_service`);
    this.#node = new Texts(batch, `${end}_node_name`);
  }

  /** "deployment shop/cart", "service shop/cart", "pod shop/cart-0", "node n1"; null for a bare address. */
  name(row: number): string | null {
    const namespace = this.#namespace.at(row) ?? '';
    const service = this.#service.at(row);
    if (service) return `service ${service.includes('/') ? service : `${namespace}/${service}`}`;
    const workload = this.#workload.at(row);
    if (workload)
      return `${(this.#workloadKind.at(row) ?? 'workload').toLowerCase()} ${namespace}/${workload}`;
    const pod = this.#pod.at(row);
    if (pod) return `pod ${namespace}/${pod}`;
    const node = this.#node.at(row);
    return node ? `node ${node}` : null;
  }
}

/** One side of a TCP conversation. */
export class Side {
  readonly #numbers: Record<'bytes' | 'pkts' | 'ip_bytes' | 'tcp_flags' | 'retx' | 'zero_win', Numbers>;

  constructor(batch: Batch, end: 'orig' | 'resp') {
    const column = (name: string) => new Numbers(batch, `${end}_${name}`);
    this.#numbers = {
      bytes: column('bytes'),
      pkts: column('pkts'),
      ip_bytes: column('ip_bytes'),
      tcp_flags: column('tcp_flags'),
      retx: column('retx'),
      zero_win: column('zero_win'),
    };
  }

  bytes(row: number): number {
    return this.#numbers.bytes.or0(row);
  }
  packets(row: number): number {
    return this.#numbers.pkts.or0(row);
  }
  ipBytes(row: number): number {
    return this.#numbers.ip_bytes.or0(row);
  }
  tcpFlags(row: number): number {
    return this.#numbers.tcp_flags.or0(row);
  }
  retransmissions(row: number): number {
    return this.#numbers.retx.or0(row);
  }
  zeroWindows(row: number): number {
    return this.#numbers.zero_win.or0(row);
  }
}

export class ConnRow extends Cursor {
  readonly #proto: Texts;
  readonly #state: Texts;
  readonly #duration: Numbers;
  readonly #origEnd: End;
  readonly #respEnd: End;
  readonly orig: Side;
  readonly resp: Side;

  constructor(batch: Batch) {
    super(batch);
    this.#proto = new Texts(batch, 'proto');
    this.#state = new Texts(batch, 'conn_state');
    this.#duration = new Numbers(batch, 'duration');
    this.#origEnd = new End(batch, 'orig');
    this.#respEnd = new End(batch, 'resp');
    this.orig = new Side(batch, 'orig');
    this.resp = new Side(batch, 'resp');
  }

  get proto(): string {
    return this.#proto.at(this.row) ?? '';
  }
  get state(): string {
    return this.#state.at(this.row) ?? '';
  }
  /** Seconds. */
  get duration(): number {
    return this.#duration.or0(this.row);
  }
  get origName(): string | null {
    return this.#origEnd.name(this.row);
  }
  get respName(): string | null {
    return this.#respEnd.name(this.row);
  }
  /** The client, as an engineer would call it. */
  get client(): string {
    return this.origName ?? this.origHost;
  }
  /** The server and its port. */
  get server(): string {
    const name = this.respName;
    return name === null ? endpoint(this.respHost, this.respPort) : `${name} port ${this.respPort}`;
  }
}

export class DnsRow extends Cursor {
  readonly #query: Texts;
  readonly #qtype: Numbers;
  readonly #rcode: Numbers;
  readonly #rcodeName: Texts;
  readonly #rtt: Numbers;

  constructor(batch: Batch) {
    super(batch);
    this.#query = new Texts(batch, 'query');
    this.#qtype = new Numbers(batch, 'qtype');
    this.#rcode = new Numbers(batch, 'rcode');
    this.#rcodeName = new Texts(batch, 'rcode_name');
    this.#rtt = new Numbers(batch, 'rtt');
  }

  get query(): string | null {
    return this.#query.at(this.row);
  }
  get qtype(): number | null {
    return this.#qtype.at(this.row);
  }
  /** Null when unanswered. */
  get rcode(): number | null {
    return this.#rcode.at(this.row);
  }
  get rcodeName(): string {
    return this.#rcodeName.at(this.row) ?? '';
  }
  /** Seconds; null when unanswered, or when only the answer was seen. */
  get rtt(): number | null {
    return this.#rtt.at(this.row);
  }
  /** mDNS and LLMNR, to which silence is no fault. */
  get multicast(): boolean {
    return MULTICAST.has(this.respHost);
  }
}

const MULTICAST = new Set(['224.0.0.251', 'ff02::fb', '224.0.0.252', 'ff02::1:3']);

export class SslRow extends Cursor {
  readonly #serverName: Texts;
  readonly #version: Texts;
  readonly #alert: Texts;
  readonly #established: Numbers;

  constructor(batch: Batch) {
    super(batch);
    this.#serverName = new Texts(batch, 'server_name');
    this.#version = new Texts(batch, 'version');
    this.#alert = new Texts(batch, 'alert');
    this.#established = new Numbers(batch, 'established');
  }

  get serverName(): string | null {
    return this.#serverName.at(this.row);
  }
  get version(): string | null {
    return this.#version.at(this.row);
  }
  get alert(): string | null {
    return this.#alert.at(this.row);
  }
  get established(): boolean {
    return this.#established.at(this.row) === 1;
  }
}

export class HttpRow extends Cursor {
  readonly #method: Texts;
  readonly #host: Texts;
  readonly #uri: Texts;
  readonly #status: Numbers;
  readonly #grpcStatus: Numbers;

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
