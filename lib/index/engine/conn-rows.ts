import type { Columns } from '../columns/columns.ts';
import * as conn from '../kernel/conn.ts';
import { CONN_AT, UID_PREFIX_AT } from '../kernel/layout.ts';
import { UID_WIDTH } from '../kernel/tables.ts';
import type { Batch, Column } from '../table.ts';
import { textListOf } from '../text-list.ts';
import type { FlowBatch } from './flow-records.ts';
import { GrowingTexts } from './growing-texts.ts';
import { protocolName } from './names.ts';
import type { References } from './output.ts';

const INTEGERS: readonly [name: string, column: number][] = [
  ['flow', conn.FLOW],
  ['id_orig_p', conn.ORIG_PORT],
  ['id_resp_p', conn.RESP_PORT],
  ['ip_proto', conn.IP_PROTO],
  ['orig_tcp_flags', conn.ORIG_FLAGS],
  ['resp_tcp_flags', conn.RESP_FLAGS],
  ['orig_retx', conn.ORIG_RETRANSMITTED],
  ['resp_retx', conn.RESP_RETRANSMITTED],
  ['orig_ooo', conn.ORIG_OUT_OF_ORDER],
  ['resp_ooo', conn.RESP_OUT_OF_ORDER],
  ['orig_dup_ack', conn.ORIG_DUPLICATE_ACKS],
  ['resp_dup_ack', conn.RESP_DUPLICATE_ACKS],
  ['orig_zero_win', conn.ORIG_ZERO_WINDOWS],
  ['resp_zero_win', conn.RESP_ZERO_WINDOWS],
  ['orig_keep_alive', conn.ORIG_KEEP_ALIVES],
  ['resp_keep_alive', conn.RESP_KEEP_ALIVES],
  ['resets', conn.RESETS],
  ['min_ttl', conn.MIN_TTL],
  ['max_ttl', conn.MAX_TTL],
];
const OPTIONAL_INTEGERS: readonly [name: string, column: number, nulls: number][] = [
  ['vlan', conn.VLAN, conn.NO_VLAN],
  ['inner_vlan', conn.INNER_VLAN, conn.NO_INNER_VLAN],
];
const LONGS: readonly [name: string, column: number][] = [
  ['ts', conn.TS],
  ['orig_pkts', conn.ORIG_PACKETS],
  ['resp_pkts', conn.RESP_PACKETS],
  ['dup_packets', conn.DUPLICATES],
  ['packet_rows', conn.PACKET_ROWS],
  ['orig_bytes', conn.ORIG_BYTES],
  ['resp_bytes', conn.RESP_BYTES],
  ['orig_ip_bytes', conn.ORIG_IP_BYTES],
  ['resp_ip_bytes', conn.RESP_IP_BYTES],
  ['orig_l2_bytes', conn.ORIG_L2_BYTES],
  ['resp_l2_bytes', conn.RESP_L2_BYTES],
  ['first_offset', conn.FIRST_OFFSET],
  ['last_offset', conn.LAST_OFFSET],
  ['missed_bytes', conn.MISSED_BYTES],
];
const OPTIONAL_DOUBLES: readonly [name: string, column: number, nulls: number][] = [
  ['duration', conn.DURATION, conn.NO_DURATION],
  ['syn_rtt_server', conn.SERVER_RTT, conn.NO_SERVER_RTT],
  ['syn_rtt_client', conn.CLIENT_RTT, conn.NO_CLIENT_RTT],
];

/** Names of protocols, by number. */
const PROTOCOLS = textListOf(Array.from({ length: 256 }, (_, protocol) => protocolName(protocol)));

/** Zeek's, in the order of columns/assembly/conn/state.ts. */
const CONN_STATES = textListOf([
  ...['S0', 'S1', 'SF', 'REJ', 'S2', 'S3', 'RSTO', 'RSTR'],
  ...['RSTOS0', 'RSTRH', 'SH', 'SHR', 'OTH'],
]);

/** Makes rows of `conn` out of records of flows: columns, in the kernel's memory. */
export class ConnRows {
  readonly #columns: Columns;
  readonly #references: References;
  readonly #services: GrowingTexts;
  readonly #tunnels: GrowingTexts;
  readonly #interfaceSets: GrowingTexts;

  constructor(columns: Columns, references: References) {
    this.#columns = columns;
    this.#references = references;
    columns.bytes.set(Buffer.from(references.uidPrefix, 'latin1'), UID_PREFIX_AT);
    this.#services = new GrowingTexts(references.services);
    this.#tunnels = new GrowingTexts(references.tunnels);
    this.#interfaceSets = new GrowingTexts(references.interfaceSets);
  }

  /** The flows as rows; valid until the next call. */
  batch({ at, count }: FlowBatch): Batch {
    const { epoch, unit } = this.#references.clock;
    const isTranslated = this.#columns.exports.makeConn(at, count, epoch, unit) !== 0;
    const columns: Record<string, Column> = {};
    const byte = (column: number) => this.#bytes(placeOf(column), count);
    for (const [name, column] of INTEGERS) columns[name] = { values: this.#integers(column, count) };
    for (const [name, column, none] of OPTIONAL_INTEGERS) {
      columns[name] = { values: this.#integers(column, count), nulls: byte(none) };
    }
    for (const [name, column] of LONGS) columns[name] = { values: this.#longs(column, count) };
    for (const [name, column, none] of OPTIONAL_DOUBLES) {
      columns[name] = { values: this.#columns.doublesAt(placeOf(column), count), nulls: byte(none) };
    }
    columns.truncated = { values: byte(conn.TRUNCATED) };
    this.#addTexts(columns, count);
    if (isTranslated) {
      columns.translated_h = this.#keptTexts(conn.TRANSLATED_HOSTS, conn.TRANSLATED_HOST, count);
      columns.translated_p = {
        values: this.#integers(conn.TRANSLATED_PORTS, count),
        nulls: byte(conn.NOT_TRANSLATED),
      };
    }
    return { table: 'conn', rows: count, columns };
  }

  #addTexts(columns: Record<string, Column>, count: number): void {
    const index = (column: number) => this.#integers(column, count);
    columns.uid = { bytes: this.#bytes(conn.UIDS_AT, count * UID_WIDTH), width: UID_WIDTH };
    columns.community_id = {
      bytes: this.#bytes(conn.COMMUNITY_IDS_AT, count * conn.COMMUNITY_ID_WIDTH),
      width: conn.COMMUNITY_ID_WIDTH,
    };
    columns.id_orig_h = this.#keptTexts(conn.ORIG_HOSTS, conn.ORIG_HOST, count);
    columns.id_resp_h = this.#keptTexts(conn.RESP_HOSTS, conn.RESP_HOST, count);
    columns.proto = { texts: PROTOCOLS, index: index(conn.IP_PROTO) };
    columns.conn_state = { texts: CONN_STATES, index: index(conn.STATE) };
    columns.history = this.#keptTexts(conn.HISTORIES, conn.HISTORY, count);
    columns.service = { texts: this.#services.list, index: index(conn.SERVICE) };
    columns.tunnel = { texts: this.#tunnels.list, index: index(conn.TUNNEL) };
    columns.interfaces = { texts: this.#interfaceSets.list, index: index(conn.INTERFACES) };
  }

  /** A column whose rows have places among the texts that the batch uses of a table of kept ones. */
  #keptTexts(table: number, column: number, count: number): Column {
    const at = conn.KEPT_AT + table * conn.KEPT_BYTES;
    const [used] = this.#columns.integersAt(at + 4 * conn.KEPT_USED, 1);
    const offsets = this.#columns.integersAt(at + conn.USED_OFFSETS_AT, used! + 1);
    const bytes = this.#bytes(at + conn.USED_TEXTS_AT, offsets[used!]!);
    return { texts: { bytes, offsets }, index: this.#integers(column, count) };
  }

  #integers(column: number, count: number): Int32Array {
    return this.#columns.integersAt(placeOf(column), count);
  }

  #longs(column: number, count: number): BigInt64Array {
    return this.#columns.longsAt(placeOf(column), count);
  }

  #bytes(address: number, length: number): Uint8Array {
    return this.#columns.bytes.subarray(address, address + length);
  }
}

function placeOf(column: number): number {
  return CONN_AT + column * conn.CONN_COLUMN_BYTES;
}
