import type { Batch, Column } from '../table.ts';
import { COMMUNITY_ID_WIDTH, writeCommunityId } from './community-id.ts';
import {
  FLOW_RECORD_INTEGERS,
  type FlowRecords,
  TRANSLATED_ADDRESS,
  TRANSLATED_PORT,
  TRANSLATED_VERSION,
} from './flow-records.ts';
import { renderHistory } from './history.ts';
import { KeyedTexts } from './keyed-texts.ts';
import { addressText, protocolName, UID_WIDTH, Uids } from './names.ts';
import type { References } from './output.ts';
import * as row from './row.ts';
import { CONN_STATES, connState } from './tcp-state.ts';
import { Int64Times } from './times.ts';

/** Where the integers of a column lie in a record, and which of their bits. */
type Place = readonly [column: string, at: number, shift?: number, mask?: number];

const FLOW_RECORD_DOUBLES = FLOW_RECORD_INTEGERS / 2;

const ORIG = row.INTEGERS_OF_DIRECTION;
const RESP = ORIG + row.DIRECTION_INTEGERS;
const ORIG_EVENTS = row.EVENTS;
const RESP_EVENTS = row.EVENTS + row.DIRECTION_EVENTS;

const INT32: readonly Place[] = [
  ['flow', row.ORDINAL],
  ['id_orig_p', row.PORTS, 16, 0xffff],
  ['id_resp_p', row.PORTS, 0, 0xffff],
  ['ip_proto', row.KIND, 0, 255],
  ['orig_tcp_flags', ORIG + row.FLAGS],
  ['resp_tcp_flags', RESP + row.FLAGS],
  ['orig_retx', ORIG_EVENTS + row.RETRANSMITTED],
  ['resp_retx', RESP_EVENTS + row.RETRANSMITTED],
  ['orig_ooo', ORIG_EVENTS + row.OUT_OF_ORDER],
  ['resp_ooo', RESP_EVENTS + row.OUT_OF_ORDER],
  ['orig_dup_ack', ORIG_EVENTS + row.DUPLICATE_ACKS],
  ['resp_dup_ack', RESP_EVENTS + row.DUPLICATE_ACKS],
  ['orig_zero_win', ORIG_EVENTS + row.ZERO_WINDOWS],
  ['resp_zero_win', RESP_EVENTS + row.ZERO_WINDOWS],
  ['orig_keep_alive', ORIG_EVENTS + row.KEEP_ALIVES],
  ['resp_keep_alive', RESP_EVENTS + row.KEEP_ALIVES],
  ['resets', row.RESETS],
  ['min_ttl', row.TTL, 0, 255],
  ['max_ttl', row.TTL, 8, 255],
];
/** Of which 0 means none, and any other number itself less 1. */
const OPTIONAL_INT32: readonly Place[] = [
  ['vlan', row.VLAN],
  ['inner_vlan', row.INNER_VLAN],
];
const COUNTS: readonly Place[] = [
  ['orig_pkts', ORIG + row.PACKETS],
  ['resp_pkts', RESP + row.PACKETS],
  ['dup_packets', row.DUPLICATES],
  ['packet_rows', row.PACKET_ROWS],
];

const ORIG_DOUBLES = row.DOUBLES_OF_DIRECTION;
const RESP_DOUBLES = ORIG_DOUBLES + row.DIRECTION_DOUBLES;
const LARGE_COUNTS: readonly Place[] = [
  ['orig_bytes', ORIG_DOUBLES + row.STREAM_BYTES],
  ['resp_bytes', RESP_DOUBLES + row.STREAM_BYTES],
  ['orig_ip_bytes', ORIG_DOUBLES + row.IP_BYTES],
  ['resp_ip_bytes', RESP_DOUBLES + row.IP_BYTES],
  ['orig_l2_bytes', ORIG_DOUBLES + row.L2_BYTES],
  ['resp_l2_bytes', RESP_DOUBLES + row.L2_BYTES],
  ['first_offset', row.FIRST_OFFSET],
  ['last_offset', row.LAST_OFFSET],
];

/** Names of protocols, by number. */
const PROTOCOLS = Array.from({ length: 256 }, (_, protocol) => protocolName(protocol));

const ADDRESS_KEY = 5; // IP version, and one word or four
const HISTORY_KEY = row.HISTORY_LENGTH - row.HISTORY + 1;

/** Makes rows of `conn` out of records: column by column, as most of them differ in nothing but their place. */
export class ConnRows {
  readonly #references: References;
  readonly #times: Int64Times;
  readonly #uids: Uids;
  readonly #addresses = [0, 1, 2].map(() => new KeyedTexts(ADDRESS_KEY, key => addressText(key[0]!, key, 1)));
  readonly #histories = new KeyedTexts(HISTORY_KEY, key => renderHistory(key, -row.HISTORY));
  readonly #key = new Int32Array(ADDRESS_KEY);
  readonly #historyKey = new Int32Array(HISTORY_KEY);

  constructor(references: References) {
    this.#references = references;
    this.#times = new Int64Times(references.clock);
    this.#uids = new Uids(references.uidPrefix);
  }

  batch({ count, integers, doubles }: FlowRecords): Batch {
    const columns: Record<string, Column> = {};
    for (const place of INT32) columns[place[0]] = { values: gather(integers, count, place) };
    for (const place of OPTIONAL_INT32) columns[place[0]] = optional(gather(integers, count, place));
    for (const place of COUNTS) columns[place[0]] = { values: gatherInt64(integers, count, place) };
    for (const place of LARGE_COUNTS) columns[place[0]] = { values: gatherLarge(doubles, count, place) };
    columns.missed_bytes = { values: missedBytes(integers, count) };
    columns.truncated = { values: truncated(integers, count) };
    this.#addTimes(columns, integers, doubles, count);
    this.#addTexts(columns, integers, doubles, count);
    this.#addTranslation(columns, integers, count);
    return { table: 'conn', rows: count, columns };
  }

  #addTimes(
    columns: Record<string, Column>,
    integers: Int32Array,
    doubles: Float64Array,
    count: number,
  ): void {
    const ts = new BigInt64Array(count);
    const words = new Int32Array(ts.buffer);
    const duration = new Float64Array(count);
    const server = new Float64Array(count);
    const client = new Float64Array(count);
    writeTimes(this.#times, doubles, words, count);
    writeDurations(integers, doubles, duration);
    writeHandshakes(doubles, server, client);
    columns.ts = { values: ts };
    columns.duration = notNegative(duration);
    columns.syn_rtt_server = notNegative(server);
    columns.syn_rtt_client = notNegative(client);
  }

  #addTexts(
    columns: Record<string, Column>,
    integers: Int32Array,
    doubles: Float64Array,
    count: number,
  ): void {
    const { services, tunnels, interfaceSets } = this.#references;
    const uid = new Uint8Array(count * UID_WIDTH);
    const communityId = new Uint8Array(count * COMMUNITY_ID_WIDTH);
    const state = new Int32Array(count);
    const history = new Int32Array(count);
    this.#histories.nextBatch();
    writeUids(this.#uids, integers, uid, count);
    writeCommunityIds(integers, communityId, count);
    writeStates(integers, doubles, state);
    this.#writeHistories(integers, history);
    const numbered = (at: number, less: number) => {
      const numbers = gather(integers, count, ['', at]);
      for (let i = 0; i < count; i++) numbers[i] = numbers[i]! === 0 ? -1 : numbers[i]! - less;
      return numbers;
    };
    columns.uid = { bytes: uid, width: UID_WIDTH };
    columns.community_id = { bytes: communityId, width: COMMUNITY_ID_WIDTH };
    columns.id_orig_h = this.#hosts(0, integers, count, row.KIND, 8, row.ORIG_ADDRESS, row.ORIG_TAIL);
    columns.id_resp_h = this.#hosts(1, integers, count, row.KIND, 8, row.RESP_ADDRESS, row.RESP_TAIL);
    columns.proto = { dictionary: PROTOCOLS, index: gather(integers, count, ['', row.KIND, 0, 255]) };
    columns.conn_state = { dictionary: CONN_STATES, index: state };
    columns.history = dictionaryOf(this.#histories, history);
    columns.service = { dictionary: services, index: numbered(row.SERVICE, 1) };
    columns.tunnel = { dictionary: tunnels, index: numbered(row.TUNNEL, 1) };
    columns.interfaces = { dictionary: interfaceSets, index: numbered(row.INTERFACES, 0) };
  }

  #writeHistories(integers: Int32Array, histories: Int32Array): void {
    const key = this.#historyKey;
    for (let at = 0; at < histories.length; at++) {
      const start = at * FLOW_RECORD_INTEGERS + row.HISTORY;
      for (let word = 0; word < HISTORY_KEY; word++) key[word] = integers[start + word]!;
      histories[at] = this.#histories.numberOf(key);
    }
  }

  #addTranslation(columns: Record<string, Column>, integers: Int32Array, count: number): void {
    const version = gather(integers, count, ['', TRANSLATED_VERSION]);
    if (version.every(number => number === 0)) return;
    columns.translated_h = this.#hosts(
      2,
      integers,
      count,
      TRANSLATED_VERSION,
      0,
      TRANSLATED_ADDRESS,
      TRANSLATED_ADDRESS + 1,
    );
    columns.translated_p = {
      values: gather(integers, count, ['', TRANSLATED_PORT]),
      nulls: Uint8Array.from(version, number => (number === 0 ? 1 : 0)),
    };
  }

  /** Addresses of an IP version that stands at `versionAt`; of version 0 there is none. */
  #hosts(
    which: 0 | 1 | 2,
    integers: Int32Array,
    count: number,
    versionAt: number,
    shift: number,
    address: number,
    tail: number,
  ): Column {
    const texts = this.#addresses[which]!;
    const index = new Int32Array(count);
    texts.nextBatch();
    this.#writeHosts(texts, integers, index, versionAt, shift, address, tail);
    if (which === 2) removeHosts(index, integers, versionAt);
    return dictionaryOf(texts, index);
  }

  #writeHosts(
    texts: KeyedTexts,
    integers: Int32Array,
    index: Int32Array,
    versionAt: number,
    shift: number,
    address: number,
    tail: number,
  ): void {
    for (let at = 0; at < index.length; at++) {
      const base = at * FLOW_RECORD_INTEGERS;
      index[at] = this.#hostOf(
        texts,
        integers[base + versionAt]! >> shift,
        integers,
        base + address,
        base + tail,
      );
    }
  }

  #hostOf(texts: KeyedTexts, version: number, integers: Int32Array, address: number, tail: number): number {
    const key = this.#key;
    key[0] = version;
    key[1] = integers[address]!;
    for (let word = 0; word < 3; word++) key[2 + word] = version === 6 ? integers[tail + word]! : 0;
    return texts.numberOf(key);
  }
}

function dictionaryOf({ values, kept }: KeyedTexts, index: Int32Array): Column {
  return { dictionary: values, index, ...(kept && { kept }) };
}

function writeTimes(times: Int64Times, doubles: Float64Array, words: Int32Array, count: number): void {
  for (let at = 0; at < count; at++) {
    times.write(words, at, doubles[at * FLOW_RECORD_DOUBLES + row.FIRST_TIME]!);
  }
}

/** Seconds; -1 for a single packet. */
function writeDurations(integers: Int32Array, doubles: Float64Array, durations: Float64Array): void {
  for (let at = 0; at < durations.length; at++) {
    const base = at * FLOW_RECORD_INTEGERS;
    const first = base >> 1;
    const hasEnded = (integers[base + row.MARKS]! & row.MARK_ENDED) !== 0;
    const end = doubles[first + (hasEnded ? row.END_TIME : row.LAST_TIME)]!;
    const packets = integers[base + ORIG + row.PACKETS]! + integers[base + RESP + row.PACKETS]!;
    durations[at] = packets > 1 ? (end - doubles[first + row.FIRST_TIME]!) / 1e9 : -1;
  }
}

/** Round trips to the server and to the client in seconds; -1 where they were not seen. */
function writeHandshakes(doubles: Float64Array, server: Float64Array, client: Float64Array): void {
  for (let at = 0; at < server.length; at++) {
    const first = at * FLOW_RECORD_DOUBLES;
    const syn = doubles[first + row.SYN_TIME]!;
    const synAck = doubles[first + row.SYN_ACK_TIME]!;
    const established = doubles[first + row.ESTABLISHED_TIME]!;
    server[at] = syn !== 0 && synAck !== 0 ? (synAck - syn) / 1e9 : -1;
    client[at] = synAck !== 0 && established !== 0 ? (established - synAck) / 1e9 : -1;
  }
}

/** Where the version is 0 there is no host. */
function removeHosts(index: Int32Array, integers: Int32Array, versionAt: number): void {
  for (let at = 0; at < index.length; at++) {
    if (integers[at * FLOW_RECORD_INTEGERS + versionAt] === 0) index[at] = -1;
  }
}

function writeUids(uids: Uids, integers: Int32Array, out: Uint8Array, count: number): void {
  for (let at = 0; at < count; at++) {
    uids.write(integers[at * FLOW_RECORD_INTEGERS + row.ORDINAL]!, out, at * UID_WIDTH);
  }
}

function writeCommunityIds(integers: Int32Array, out: Uint8Array, count: number): void {
  for (let at = 0; at < count; at++) {
    writeCommunityId(integers, at * FLOW_RECORD_INTEGERS, out, at * COMMUNITY_ID_WIDTH);
  }
}

function writeStates(integers: Int32Array, doubles: Float64Array, states: Int32Array): void {
  for (let at = 0; at < states.length; at++) {
    states[at] = stateOf(integers, doubles, at * FLOW_RECORD_INTEGERS);
  }
}

function stateOf(integers: Int32Array, doubles: Float64Array, base: number): number {
  const bytes =
    doubles[(base >> 1) + ORIG_DOUBLES + row.STREAM_BYTES]! +
    doubles[(base >> 1) + RESP_DOUBLES + row.STREAM_BYTES]!;
  return connState(integers, base, integers[base + row.KIND]! & 255, bytes);
}

function gather(integers: Int32Array, count: number, [, offset, shift = 0, mask = -1]: Place): Int32Array {
  const values = new Int32Array(count);
  for (let i = 0, at = offset; i < count; i++, at += FLOW_RECORD_INTEGERS) {
    values[i] = (integers[at]! >>> shift) & mask;
  }
  return values;
}

function gatherInt64(integers: Int32Array, count: number, [, offset]: Place): BigInt64Array {
  const values = new BigInt64Array(count);
  const words = new Int32Array(values.buffer);
  for (let i = 0, at = offset; i < count; i++, at += FLOW_RECORD_INTEGERS) words[i * 2] = integers[at]!;
  return values;
}

function gatherLarge(doubles: Float64Array, count: number, [, offset]: Place): BigInt64Array {
  const values = new BigInt64Array(count);
  const words = new Int32Array(values.buffer);
  for (let i = 0, at = offset; i < count; i++, at += FLOW_RECORD_DOUBLES) {
    const value = doubles[at]!;
    words[i * 2] = value;
    words[i * 2 + 1] = Math.floor(value / 0x1_0000_0000);
  }
  return values;
}

/** Acknowledged and never seen, and still open at the end, in both directions. */
function missedBytes(integers: Int32Array, count: number): BigInt64Array {
  const values = new BigInt64Array(count);
  const words = new Int32Array(values.buffer);
  for (let i = 0; i < count; i++) {
    const base = i * FLOW_RECORD_INTEGERS;
    const missed =
      integers[base + ORIG_EVENTS + row.LOST]! +
      integers[base + ORIG_EVENTS + row.UNACKED_HOLES]! +
      integers[base + RESP_EVENTS + row.LOST]! +
      integers[base + RESP_EVENTS + row.UNACKED_HOLES]!;
    words[i * 2] = missed;
    words[i * 2 + 1] = Math.floor(missed / 0x1_0000_0000);
  }
  return values;
}

function truncated(integers: Int32Array, count: number): Uint8Array {
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    values[i] = integers[i * FLOW_RECORD_INTEGERS + row.MARKS]! & row.MARK_TRUNCATED;
  }
  return values;
}

function optional(values: Int32Array): Column {
  const nulls = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    values[i] = values[i]! - 1;
    nulls[i] = values[i]! < 0 ? 1 : 0;
  }
  return { values, nulls };
}

function notNegative(values: Float64Array): Column {
  const nulls = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) nulls[i] = values[i]! < 0 ? 1 : 0;
  return { values, nulls };
}
