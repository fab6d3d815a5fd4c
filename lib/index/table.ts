import { type TextList, textOf } from './text-list.ts';

/**
 * The tables of an index: what the engine emits, the Parquet writer stores and every query reads.
 * Names and meanings are Zeek's (conn, dns, ssl, http, weird) with community_id, packet positions and
 * the Kubernetes identity of both ends beside them.
 */

export type ColumnType =
  | 'timestamp' // nanoseconds since the epoch, UTC
  | 'int32'
  | 'int64'
  | 'double'
  | 'boolean'
  | 'string'
  | 'list<string>'
  | 'list<double>';

export type TableName = 'conn' | 'dns' | 'ssl' | 'http' | 'weird' | 'packets' | 'findings' | 'capture';

export type TableSchema = Readonly<Record<string, ColumnType>>;

/** Texts that repeat: row r has text `index[r]`, none where that is -1. */
export interface TextColumn {
  texts: TextList;
  index: Int32Array;
}

/** Lists: row r has list `index[r]`, none where that is -1; list n has the elements `[starts[n], starts[n + 1])`. */
export interface ListColumn {
  elements: TextList | Float64Array;
  starts: Int32Array;
  index: Int32Array;
}

/** ASCII texts of one length, none of them null: that of a row is `bytes[row * width .. (row + 1) * width)`. */
export interface FixedTextColumn {
  bytes: Uint8Array;
  width: number;
}

/** The values of one column; `nulls[row]` = 1 says that the row has none. */
export type Column =
  | { values: BigInt64Array; nulls?: Uint8Array } // timestamp, int64
  | { values: Int32Array; nulls?: Uint8Array } // int32
  | { values: Float64Array; nulls?: Uint8Array } // double
  | { values: Uint8Array; nulls?: Uint8Array } // boolean, 0 or 1
  | { values: (string | null)[] } // string
  | { values: (string[] | null)[] } // list<string>
  | { values: (number[] | null)[] } // list<double>
  | TextColumn // string
  | FixedTextColumn // string
  | ListColumn; // list<string>, list<double>

/** The text of a row; undefined where it has none. */
export function textAt(column: Column, row: number): string | undefined {
  if ('texts' in column) return column.index[row]! < 0 ? undefined : textOf(column.texts, column.index[row]!);
  if ('bytes' in column) return fixedText(column, row);
  if ('elements' in column) return undefined;
  const value = column.values[row];
  return typeof value === 'string' ? value : undefined;
}

/** The list of a row; undefined where it has none. */
export function listAt(column: Column, row: number): readonly (string | number)[] | undefined {
  if ('elements' in column) {
    const list = column.index[row]!;
    return list < 0 ? undefined : elementsOf(column, column.starts[list]!, column.starts[list + 1]!);
  }
  const value = 'values' in column ? column.values[row] : undefined;
  return Array.isArray(value) ? value : undefined;
}

function elementsOf({ elements }: ListColumn, start: number, end: number): (string | number)[] {
  return Array.from({ length: end - start }, (_, i) =>
    'offsets' in elements ? textOf(elements, start + i) : elements[start + i]!,
  );
}

function fixedText({ bytes, width }: FixedTextColumn, row: number): string {
  let text = '';
  for (let at = row * width; at < (row + 1) * width; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** Rows of one table, column by column; a column that is left out is null in every row. */
export interface Batch {
  table: TableName;
  rows: number;
  columns: Record<string, Column>;
}

/**
 * Takes batches in the order in which they are made. `write` keeps nothing of the batch's arrays after it
 * returns; `drain` is awaited between chunks of input, so that a slow output bounds memory.
 */
export interface TableSink {
  write(batch: Batch): void;
  drain(): Promise<void>;
}

const ends: TableSchema = {
  id_orig_h: 'string',
  id_orig_p: 'int32',
  id_resp_h: 'string',
  id_resp_p: 'int32',
};

const identity = (end: 'orig' | 'resp'): TableSchema => ({
  [`${end}_namespace`]: 'string',
  [`${end}_pod_name`]: 'string',
  [`${end}_workload_kind`]: 'string',
  [`${end}_workload_name`]: 'string',
  [`${end}_service`]: 'string',
  [`${end}_node_name`]: 'string',
  [`${end}_labels`]: 'string', // JSON object
  [`${end}_dns_names`]: 'list<string>', // names under which captured DNS answered this address
  [`${end}_identity_source`]: 'string', // snapshot | dns | none
});

/** One row per flow (inner flow where tunnelled). */
const conn: TableSchema = {
  ts: 'timestamp', // first packet
  uid: 'string', // unique over captures, the same each time the same file is indexed
  flow: 'int32', // ordinal within the capture: joins `packets`
  ...ends,
  proto: 'string', // tcp | udp | icmp | icmp6 | sctp | …
  ip_proto: 'int32',
  service: 'string', // dns | tls | http | http2 | quic | … as recognised from the payload
  duration: 'double', // seconds, to the end of both directions
  orig_bytes: 'int64', // payload, for TCP by sequence numbers (Zeek)
  resp_bytes: 'int64',
  conn_state: 'string', // S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH (Zeek)
  missed_bytes: 'int64', // acknowledged and not captured, or in holes at the end; up to 2 GiB a direction
  history: 'string', // Zeek's letters
  orig_pkts: 'int64',
  orig_ip_bytes: 'int64', // IP total length (Zeek, nfdump)
  orig_l2_bytes: 'int64', // length on the wire (nDPI, Arkime)
  resp_pkts: 'int64',
  resp_ip_bytes: 'int64',
  resp_l2_bytes: 'int64',
  vlan: 'int32',
  inner_vlan: 'int32',
  tunnel: 'string', // outer encapsulation, outermost first: "vxlan:42 10.0.0.1>10.0.0.2"
  community_id: 'string',
  orig_tcp_flags: 'int32', // all flags seen, or-ed
  resp_tcp_flags: 'int32',
  syn_rtt_client: 'double', // SYN-ACK to ACK, seconds
  syn_rtt_server: 'double', // SYN to SYN-ACK, seconds
  orig_retx: 'int32',
  resp_retx: 'int32',
  orig_ooo: 'int32',
  resp_ooo: 'int32',
  orig_dup_ack: 'int32',
  resp_dup_ack: 'int32',
  orig_zero_win: 'int32',
  resp_zero_win: 'int32',
  orig_keep_alive: 'int32',
  resp_keep_alive: 'int32',
  resets: 'int32',
  min_ttl: 'int32',
  max_ttl: 'int32',
  truncated: 'boolean', // the snap length cut payload that would have told more
  dup_packets: 'int64', // further sightings of the same packet on other interfaces
  interfaces: 'string', // comma-separated ifindexes on which it was seen
  translated_h: 'string', // the responder behind (or in front of) address translation
  translated_p: 'int32',
  first_offset: 'int64', // of the record header, in the uncompressed capture file
  last_offset: 'int64',
  packet_rows: 'int64', // rows in `packets`, duplicates and further fragments of a tunnel included
  ...identity('orig'),
  ...identity('resp'),
};

const dns: TableSchema = {
  ts: 'timestamp',
  uid: 'string',
  flow: 'int32',
  ...ends,
  proto: 'string',
  trans_id: 'int32',
  rtt: 'double', // seconds from query to answer; null when unanswered
  query: 'string',
  qclass: 'int32',
  qtype: 'int32',
  qtype_name: 'string',
  rcode: 'int32', // null when unanswered
  rcode_name: 'string',
  AA: 'boolean',
  TC: 'boolean',
  RD: 'boolean',
  RA: 'boolean',
  answers: 'list<string>',
  TTLs: 'list<double>',
  rejected: 'boolean',
  truncated: 'boolean',
};

const ssl: TableSchema = {
  ts: 'timestamp',
  uid: 'string',
  flow: 'int32',
  ...ends,
  transport: 'string', // tcp | quic
  version: 'string', // TLSv13 …
  cipher: 'string',
  curve: 'string',
  server_name: 'string',
  next_protocol: 'string', // ALPN chosen, else first offered
  ja4: 'string',
  resumed: 'boolean',
  established: 'boolean',
  alert: 'string', // description of a fatal alert
  truncated: 'boolean',
};

const http: TableSchema = {
  ts: 'timestamp',
  uid: 'string',
  flow: 'int32',
  ...ends,
  version: 'string', // 1.0 | 1.1 | 2, of the answer if there is one
  method: 'string',
  host: 'string',
  uri: 'string',
  user_agent: 'string',
  status_code: 'int32',
  status_msg: 'string',
  grpc_status: 'int32',
  request_body_len: 'int64',
  response_body_len: 'int64',
  latency: 'double', // seconds from request to response head
  truncated: 'boolean',
};

const weird: TableSchema = {
  ts: 'timestamp',
  uid: 'string',
  name: 'string', // e.g. bad_caplen, truncated_record, unknown_link_type
  addl: 'string',
  count: 'int64',
};

/** One row per record that belongs to a flow; within a row group sorted by flow, then offset. */
const packets: TableSchema = {
  flow: 'int32',
  ts: 'timestamp',
  offset: 'int64', // of the record header, in the uncompressed capture file
  member: 'int32', // which capture file of an archive, in order of first packet
  caplen: 'int32',
  origlen: 'int32',
  direction: 'int32', // 0 from the originator, 1 from the responder
  duplicate: 'boolean',
};

const findings: TableSchema = {
  id: 'string', // the same for the same fact however often it is indexed
  rule: 'string',
  severity: 'string', // info | low | medium | high | critical
  title: 'string', // one sentence
  first_ts: 'timestamp',
  last_ts: 'timestamp',
  count: 'int64',
  uids: 'list<string>', // the flows that show it, at most 20
  evidence: 'string', // JSON object
};

const capture: TableSchema = {
  object_key: 'string',
  object_etag: 'string',
  object_version: 'string',
  cluster: 'string',
  namespace: 'string',
  capture: 'string',
  capture_uid: 'string',
  node: 'string',
  tool: 'string',
  link_types: 'list<string>',
  interfaces: 'list<string>',
  snaplen: 'int32',
  first_ts: 'timestamp',
  last_ts: 'timestamp',
  packets: 'int64',
  bytes: 'int64',
  duplicates: 'int64',
  flows: 'int64',
  drops: 'int64', // reported by the capturing tool; null when unknown
  partial: 'string', // null, or why the file could not be read to its end
};

export const TABLES: Readonly<Record<TableName, TableSchema>> = {
  conn,
  dns,
  ssl,
  http,
  weird,
  packets,
  findings,
  capture,
};
