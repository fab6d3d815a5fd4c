import type { Batch, Column, TableSink } from '../table.ts';
import { COMMUNITY_ID_WIDTH, writeCommunityId } from './community-id.ts';
import { readAddress } from './flow-table.ts';
import { renderHistory } from './history.ts';
import { ipv4Text, ipv6Text, protocolName, UID_WIDTH, type Uids } from './names.ts';
import * as row from './row.ts';
import { CONN_STATES, connState } from './tcp-state.ts';
import type { Int64Times } from './times.ts';
import type { Translation } from './translations.ts';

const BATCH_ROWS = 4096;

class Dictionary {
  readonly values: string[] = [];
  readonly index = new Int32Array(BATCH_ROWS);
  readonly #positions = new Map<string | number, number>();

  /** `key` stands for the string that `render` makes; -1 is null. */
  set(at: number, key: string | number, render: () => string): void {
    let position = this.#positions.get(key);
    if (position === undefined) {
      position = this.values.push(render()) - 1;
      this.#positions.set(key, position);
    }
    this.index[at] = position;
  }

  clear(): void {
    this.values.length = 0;
    this.#positions.clear();
  }
}

const INT32_COLUMNS = [
  ...['flow', 'id_orig_p', 'id_resp_p', 'ip_proto', 'vlan', 'inner_vlan', 'orig_tcp_flags', 'resp_tcp_flags'],
  ...['orig_retx', 'resp_retx', 'orig_ooo', 'resp_ooo', 'orig_dup_ack', 'resp_dup_ack', 'orig_zero_win'],
  ...['resp_zero_win', 'orig_keep_alive', 'resp_keep_alive', 'resets', 'min_ttl', 'max_ttl', 'translated_p'],
] as const;
const INT64_COLUMNS = [
  ...['ts', 'orig_bytes', 'resp_bytes', 'missed_bytes', 'orig_pkts', 'orig_ip_bytes', 'orig_l2_bytes'],
  ...['resp_pkts', 'resp_ip_bytes', 'resp_l2_bytes', 'dup_packets', 'first_offset', 'last_offset'],
  'packet_rows',
] as const;
const DOUBLE_COLUMNS = ['duration', 'syn_rtt_client', 'syn_rtt_server'] as const;

const NULLABLE_COLUMNS = [
  ...['vlan', 'inner_vlan', 'translated_p', 'duration', 'syn_rtt_client', 'syn_rtt_server'],
] as const;

type NullableName = (typeof NULLABLE_COLUMNS)[number];
type Int32Name = (typeof INT32_COLUMNS)[number];
type Int64Name = (typeof INT64_COLUMNS)[number];
type DoubleName = (typeof DOUBLE_COLUMNS)[number];

/** Names that rows refer to by number; they grow while the capture is read. */
export interface ConnNames {
  readonly uids: Uids;
  readonly services: readonly string[];
  readonly tunnels: readonly string[];
  interfaceList(set: number): string;
}

/** The columns that each direction has. */
interface DirectionColumns {
  bytes: Int32Array;
  packets: Int32Array;
  ipBytes: Int32Array;
  l2Bytes: Int32Array;
  flags: Int32Array;
  retransmitted: Int32Array;
  outOfOrder: Int32Array;
  duplicateAcks: Int32Array;
  zeroWindows: Int32Array;
  keepAlives: Int32Array;
}

/** Collects the rows of flows that ended and writes them in batches. */
export class ConnRows {
  readonly #sink: TableSink;
  readonly #times: Int64Times;
  readonly #names: ConnNames;
  #rows = 0;
  readonly #address = new Int32Array(4);
  readonly #int32 = {} as Record<Int32Name, Int32Array>;
  readonly #int64 = {} as Record<Int64Name, BigInt64Array>;
  readonly #int64Words = {} as Record<Int64Name, Int32Array>;
  readonly #double = {} as Record<DoubleName, Float64Array>;
  readonly #directions: readonly [DirectionColumns, DirectionColumns];
  readonly #nulls = {} as Record<NullableName, Uint8Array>;
  readonly #truncated = new Uint8Array(BATCH_ROWS);
  readonly #origHost = new Dictionary();
  readonly #respHost = new Dictionary();
  readonly #proto = new Dictionary();
  readonly #service = new Dictionary();
  readonly #state = new Dictionary();
  readonly #history = new Dictionary();
  readonly #tunnel = new Dictionary();
  readonly #interfaces = new Dictionary();
  readonly #translatedHost = new Dictionary();
  readonly #uid = new Uint8Array(BATCH_ROWS * UID_WIDTH);
  readonly #communityId = new Uint8Array(BATCH_ROWS * COMMUNITY_ID_WIDTH);

  constructor(sink: TableSink, times: Int64Times, names: ConnNames) {
    this.#sink = sink;
    this.#times = times;
    this.#names = names;
    for (const name of INT32_COLUMNS) this.#int32[name] = new Int32Array(BATCH_ROWS);
    for (const name of DOUBLE_COLUMNS) this.#double[name] = new Float64Array(BATCH_ROWS);
    for (const name of INT64_COLUMNS) {
      const values = new BigInt64Array(BATCH_ROWS);
      this.#int64[name] = values;
      this.#int64Words[name] = new Int32Array(values.buffer);
    }
    for (const name of NULLABLE_COLUMNS) this.#nulls[name] = new Uint8Array(BATCH_ROWS);
    this.#directions = [this.#columnsOf('orig'), this.#columnsOf('resp')];
  }

  add(integers: Int32Array, doubles: Float64Array, base: number, translation: Translation | undefined): void {
    const at = this.#rows;
    const kind = integers[base + row.KIND]!;
    const protocol = kind & 255;
    const first = base / 2;
    const ports = integers[base + row.PORTS]!;
    const ordinal = integers[base + row.ORDINAL]!;
    const ttl = integers[base + row.TTL]!;
    this.#int32.flow[at] = ordinal;
    this.#int32.id_orig_p[at] = ports >>> 16;
    this.#int32.id_resp_p[at] = ports & 0xffff;
    this.#int32.ip_proto[at] = protocol;
    this.#nullable('vlan', at, integers[base + row.VLAN]! - 1);
    this.#nullable('inner_vlan', at, integers[base + row.INNER_VLAN]! - 1);
    this.#nullable('translated_p', at, translation?.port ?? -1);
    this.#int32.resets[at] = integers[base + row.RESETS]!;
    this.#int32.min_ttl[at] = ttl & 255;
    this.#int32.max_ttl[at] = (ttl >> 8) & 255;

    const start = doubles[first + row.FIRST_TIME]!;
    const hasEnded = (integers[base + row.MARKS]! & row.MARK_ENDED) !== 0;
    const end = doubles[first + (hasEnded ? row.END_TIME : row.LAST_TIME)]!;
    this.#times.write(this.#int64Words.ts, at, start);
    const packets =
      this.#direction(integers, doubles, base, 0, at) + this.#direction(integers, doubles, base, 1, at);
    this.#setDouble('duration', at, packets > 1 ? (end - start) / 1e9 : -1);
    const syn = doubles[first + row.SYN_TIME]!;
    const synAck = doubles[first + row.SYN_ACK_TIME]!;
    const established = doubles[first + row.ESTABLISHED_TIME]!;
    this.#setDouble('syn_rtt_server', at, syn !== 0 && synAck !== 0 ? (synAck - syn) / 1e9 : -1);
    this.#setDouble(
      'syn_rtt_client',
      at,
      synAck !== 0 && established !== 0 ? (established - synAck) / 1e9 : -1,
    );
    const events = base + row.EVENTS;
    setInt64(
      this.#int64Words.missed_bytes,
      at,
      integers[events + row.LOST]! +
        integers[events + row.UNACKED_HOLES]! +
        integers[events + row.DIRECTION_EVENTS + row.LOST]! +
        integers[events + row.DIRECTION_EVENTS + row.UNACKED_HOLES]!,
    );
    setInt64(this.#int64Words.dup_packets, at, integers[base + row.DUPLICATES]!);
    setInt64(this.#int64Words.first_offset, at, doubles[first + row.FIRST_OFFSET]!);
    setInt64(this.#int64Words.last_offset, at, doubles[first + row.LAST_OFFSET]!);
    setInt64(this.#int64Words.packet_rows, at, integers[base + row.PACKET_ROWS]!);
    this.#truncated[at] = integers[base + row.MARKS]! & row.MARK_TRUNCATED;

    this.#host(this.#origHost, at, integers, base, 'orig');
    this.#host(this.#respHost, at, integers, base, 'resp');
    this.#proto.set(at, protocol, () => protocolName(protocol));
    const bytes =
      doubles[first + row.DOUBLES_OF_DIRECTION + row.STREAM_BYTES]! +
      doubles[first + row.DOUBLES_OF_DIRECTION + row.DIRECTION_DOUBLES + row.STREAM_BYTES]!;
    const state = connState(integers, base, protocol, bytes);
    this.#state.set(at, state, () => CONN_STATES[state]!);
    const history = renderHistory(integers, base);
    this.#history.set(at, history, () => history);
    const names = this.#names;
    this.#named(this.#service, at, integers[base + row.SERVICE]! - 1, names.services);
    this.#named(this.#tunnel, at, integers[base + row.TUNNEL]! - 1, names.tunnels);
    const interfaces = integers[base + row.INTERFACES]!;
    if (interfaces === 0) this.#interfaces.index[at] = -1;
    else this.#interfaces.set(at, interfaces, () => names.interfaceList(interfaces));
    if (translation === undefined) this.#translatedHost.index[at] = -1;
    else this.#translatedHost.set(at, translation.host, () => translation.host);
    names.uids.write(ordinal, this.#uid, at * UID_WIDTH);
    writeCommunityId(integers, base, this.#communityId, at * COMMUNITY_ID_WIDTH);
    if (++this.#rows === BATCH_ROWS) this.flush();
  }

  flush(): void {
    const rows = this.#rows;
    if (rows === 0) return;
    this.#sink.write(this.#batch(rows));
    this.#rows = 0;
    for (const dictionary of [this.#origHost, this.#respHost, this.#history, this.#translatedHost]) {
      dictionary.clear();
    }
    for (const dictionary of [this.#proto, this.#service, this.#state, this.#tunnel, this.#interfaces]) {
      dictionary.clear();
    }
  }

  #batch(rows: number): Batch {
    const columns: Record<string, Column> = {
      uid: { bytes: this.#uid.subarray(0, rows * UID_WIDTH), width: UID_WIDTH },
      community_id: {
        bytes: this.#communityId.subarray(0, rows * COMMUNITY_ID_WIDTH),
        width: COMMUNITY_ID_WIDTH,
      },
      truncated: { values: this.#truncated.subarray(0, rows) },
    };
    for (const name of INT32_COLUMNS)
      columns[name] = this.#numeric(name, this.#int32[name].subarray(0, rows), rows);
    for (const name of INT64_COLUMNS) columns[name] = { values: this.#int64[name].subarray(0, rows) };
    for (const name of DOUBLE_COLUMNS)
      columns[name] = this.#numeric(name, this.#double[name].subarray(0, rows), rows);
    const dictionaries: Record<string, Dictionary> = {
      id_orig_h: this.#origHost,
      id_resp_h: this.#respHost,
      proto: this.#proto,
      service: this.#service,
      conn_state: this.#state,
      history: this.#history,
      tunnel: this.#tunnel,
      interfaces: this.#interfaces,
      translated_h: this.#translatedHost,
    };
    for (const [name, dictionary] of Object.entries(dictionaries)) {
      columns[name] = { dictionary: dictionary.values, index: dictionary.index.subarray(0, rows) };
    }
    return { table: 'conn', rows, columns };
  }

  #numeric<T extends Int32Array | Float64Array>(name: string, values: T, rows: number): Column {
    const nulls = name in this.#nulls ? this.#nulls[name as NullableName].subarray(0, rows) : undefined;
    const column = nulls === undefined ? { values } : { values, nulls };
    return column as Column;
  }

  #direction(
    integers: Int32Array,
    doubles: Float64Array,
    base: number,
    direction: 0 | 1,
    at: number,
  ): number {
    const from = base + row.INTEGERS_OF_DIRECTION + direction * row.DIRECTION_INTEGERS;
    const fromDoubles = base / 2 + row.DOUBLES_OF_DIRECTION + direction * row.DIRECTION_DOUBLES;
    const events = base + row.EVENTS + direction * row.DIRECTION_EVENTS;
    const columns = this.#directions[direction];
    const packets = integers[from + row.PACKETS]!;
    setInt64(columns.bytes, at, doubles[fromDoubles + row.STREAM_BYTES]!);
    setInt64(columns.packets, at, packets);
    setInt64(columns.ipBytes, at, doubles[fromDoubles + row.IP_BYTES]!);
    setInt64(columns.l2Bytes, at, doubles[fromDoubles + row.L2_BYTES]!);
    columns.flags[at] = integers[from + row.FLAGS]!;
    columns.retransmitted[at] = integers[events + row.RETRANSMITTED]!;
    columns.outOfOrder[at] = integers[events + row.OUT_OF_ORDER]!;
    columns.duplicateAcks[at] = integers[events + row.DUPLICATE_ACKS]!;
    columns.zeroWindows[at] = integers[events + row.ZERO_WINDOWS]!;
    columns.keepAlives[at] = integers[events + row.KEEP_ALIVES]!;
    return packets;
  }

  #columnsOf(end: 'orig' | 'resp'): DirectionColumns {
    return {
      bytes: this.#int64Words[`${end}_bytes`],
      packets: this.#int64Words[`${end}_pkts`],
      ipBytes: this.#int64Words[`${end}_ip_bytes`],
      l2Bytes: this.#int64Words[`${end}_l2_bytes`],
      flags: this.#int32[`${end}_tcp_flags`],
      retransmitted: this.#int32[`${end}_retx`],
      outOfOrder: this.#int32[`${end}_ooo`],
      duplicateAcks: this.#int32[`${end}_dup_ack`],
      zeroWindows: this.#int32[`${end}_zero_win`],
      keepAlives: this.#int32[`${end}_keep_alive`],
    };
  }

  #host(dictionary: Dictionary, at: number, integers: Int32Array, base: number, end: 'orig' | 'resp'): void {
    const words = this.#address;
    readAddress(integers, base, end, words);
    if (integers[base + row.KIND]! >> 8 === 4) {
      const word = words[0]!;
      dictionary.set(at, word, () => ipv4Text(word));
    } else {
      const text = ipv6Text(words, 0);
      dictionary.set(at, text, () => text);
    }
  }

  #named(dictionary: Dictionary, at: number, index: number, names: readonly string[]): void {
    if (index === -1) dictionary.index[at] = -1;
    else dictionary.set(at, index, () => names[index]!);
  }

  #setDouble(name: DoubleName, at: number, value: number): void {
    this.#double[name][at] = value;
    this.#nulls[name][at] = value < 0 ? 1 : 0;
  }

  #nullable(name: 'vlan' | 'inner_vlan' | 'translated_p', at: number, value: number): void {
    this.#int32[name][at] = value;
    this.#nulls[name][at] = value < 0 ? 1 : 0;
  }
}

/** Element `at` of a BigInt64Array, seen as little-endian words. */
function setInt64(words: Int32Array, at: number, value: number): void {
  words[at * 2] = value;
  words[at * 2 + 1] = value >= 0 && value < 0x8000_0000 ? 0 : Math.floor(value / 0x1_0000_0000);
}
