import fc from 'fast-check';
import { addressText, protocolName } from '../../../../lib/index/engine/names.ts';
import * as row from '../../../../lib/index/engine/row.ts';
import * as conn from '../../../../lib/index/kernel/conn.ts';
import type { TextColumn } from '../../../../lib/index/table.ts';
import { textOf } from '../../../../lib/index/text-list.ts';
import { uidOf } from '../applications/harness.ts';
import { Conn, REFERENCES } from './flow-records.ts';

const kernel = new Conn();
afterAll(() => kernel.end());

const LETTERS = [...'SHADFRGTWIQC^'].flatMap(letter => [letter, letter.toLowerCase()]);

/** The letters of a record, as Zeek writes them. */
function historyOf(integers: Int32Array): string {
  const codes = Array.from({ length: integers[row.HISTORY_LENGTH]! }, (_, at) => {
    const word = integers[row.HISTORY + Math.floor(at / row.HISTORY_LETTERS_PER_WORD)]!;
    return (word >>> (row.HISTORY_LETTER_BITS * (at % row.HISTORY_LETTERS_PER_WORD))) & 31;
  });
  return codes.map(code => LETTERS[code]).join('');
}

/** A record whose fields are set by name of engine/row.ts. */
class Record {
  readonly integers = new Int32Array(conn.FLOW_RECORD_INTEGERS);
  readonly doubles = new Float64Array(this.integers.buffer);
  readonly bytes = new Uint8Array(this.integers.buffer);

  constructor(version = 4, protocol = 6) {
    this.integers[row.KIND] = (version << 8) | protocol;
  }
}

const ORIG = row.INTEGERS_OF_DIRECTION;
const RESP = ORIG + row.DIRECTION_INTEGERS;
const ORIG_DOUBLES = row.DOUBLES_OF_DIRECTION;
const RESP_DOUBLES = ORIG_DOUBLES + row.DIRECTION_DOUBLES;
const RESP_EVENTS = row.EVENTS + row.DIRECTION_EVENTS;

const count = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const large = fc.maxSafeInteger().map(Math.abs);
const time = fc.oneof(fc.integer({ min: 0, max: 1e15 }), fc.constantFrom(0, 1, 1e9));

/** Any record: each field has a value that it can have. */
const record = fc
  .record({
    version: fc.constantFrom(4, 6),
    protocol: fc.constantFrom(1, 6, 17, 58, 132, 255),
    integers: fc.array(count, { minLength: row.ROW_INTEGERS, maxLength: row.ROW_INTEGERS }),
    doubles: fc.array(large, { minLength: 6, maxLength: 6 }),
    offsets: fc.array(large, { minLength: 2, maxLength: 2 }),
    times: fc.array(time, { minLength: 6, maxLength: 6 }),
    history: fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 24 }),
    states: fc.array(fc.nat(6), { minLength: 2, maxLength: 2 }),
    small: fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }),
    vlans: fc.array(fc.nat(4096), { minLength: 2, maxLength: 2 }),
    translated: fc.constantFrom(0, 0, 4, 6),
    hasEnded: fc.boolean(),
  })
  .map(of => {
    const made = new Record(of.version, of.protocol);
    const { integers, doubles } = made;
    const kind = integers[row.KIND]!;
    integers.set(of.integers);
    integers[row.KIND] = kind;
    for (const [at, first] of [ORIG_DOUBLES, RESP_DOUBLES].entries()) {
      doubles[first + row.IP_BYTES] = of.doubles[3 * at]!;
      doubles[first + row.L2_BYTES] = of.doubles[3 * at + 1]!;
      doubles[first + row.STREAM_BYTES] = of.doubles[3 * at + 2]!;
    }
    const fields = [
      ...[row.FIRST_TIME, row.LAST_TIME, row.END_TIME],
      ...[row.SYN_TIME, row.SYN_ACK_TIME, row.ESTABLISHED_TIME],
    ];
    for (const [at, field] of fields.entries()) doubles[field] = of.times[at]!;
    doubles[row.FIRST_OFFSET] = of.offsets[0]!;
    doubles[row.LAST_OFFSET] = of.offsets[1]!;
    integers.fill(0, row.HISTORY, row.HISTORY + row.HISTORY_WORDS);
    for (const [at, code] of of.history.entries()) {
      const word = row.HISTORY + Math.floor(at / row.HISTORY_LETTERS_PER_WORD);
      integers[word]! |= code << (row.HISTORY_LETTER_BITS * (at % row.HISTORY_LETTERS_PER_WORD));
    }
    integers[row.HISTORY_LENGTH] = of.history.length;
    integers[ORIG + row.STATE] = of.states[0]! | 16; // above the state there is more
    integers[RESP + row.STATE] = of.states[1]!;
    integers[row.SERVICE] = of.small[0]!;
    integers[row.TUNNEL] = of.small[1]!;
    integers[row.INTERFACES] = of.small[2]!;
    integers[row.VLAN] = of.vlans[0]!;
    integers[row.INNER_VLAN] = of.vlans[1]!;
    integers[row.TTL]! &= 0xffff;
    integers[conn.TRANSLATED_VERSION] = of.translated;
    integers[conn.TRANSLATED_PORT] = of.vlans[0]!;
    integers[row.MARKS] = (integers[row.MARKS]! & ~row.MARK_ENDED) | (of.hasEnded ? row.MARK_ENDED : 0);
    return made;
  });

const long = (value: number | undefined) => BigInt(value!);
const seconds = (isSeen: boolean, from: number, to: number) =>
  isSeen && (to - from) / 1e9 >= 0 ? (to - from) / 1e9 : null;
const host = (version: number, integers: Int32Array, address: number, tail: number) =>
  addressText(version, Int32Array.of(integers[address]!, ...integers.subarray(tail, tail + 3)), 0);

/** The row that a record is to become. */
function expected({ integers, doubles }: Record) {
  const version = integers[row.KIND]! >> 8;
  const first = doubles[row.FIRST_TIME]!;
  const last = doubles[(integers[row.MARKS]! & row.MARK_ENDED) !== 0 ? row.END_TIME : row.LAST_TIME]!;
  const [syn, synAck, established] = [row.SYN_TIME, row.SYN_ACK_TIME, row.ESTABLISHED_TIME].map(
    field => doubles[field]!,
  ) as [number, number, number];
  const packets = integers[ORIG + row.PACKETS]! + integers[RESP + row.PACKETS]!;
  const missed = [row.LOST, row.UNACKED_HOLES].map(
    field => integers[row.EVENTS + field]! + integers[RESP_EVENTS + field]!,
  );
  const translated = integers[conn.TRANSLATED_VERSION]!;
  const { services, tunnels, interfaceSets } = REFERENCES;
  return {
    ts: REFERENCES.clock.epoch + BigInt(first),
    uid: uidOf(integers[row.ORDINAL]!),
    flow: integers[row.ORDINAL],
    id_orig_h: host(version, integers, row.ORIG_ADDRESS, row.ORIG_TAIL),
    id_orig_p: integers[row.PORTS]! >>> 16,
    id_resp_h: host(version, integers, row.RESP_ADDRESS, row.RESP_TAIL),
    id_resp_p: integers[row.PORTS]! & 0xffff,
    proto: protocolName(integers[row.KIND]! & 255),
    ip_proto: integers[row.KIND]! & 255,
    service: services[integers[row.SERVICE]! - 1] ?? null,
    tunnel: tunnels[integers[row.TUNNEL]! - 1] ?? null,
    interfaces: integers[row.INTERFACES] === 0 ? null : interfaceSets[integers[row.INTERFACES]!],
    history: historyOf(integers),
    duration: seconds(packets > 1, first, last),
    syn_rtt_server: seconds(syn !== 0 && synAck !== 0, syn, synAck),
    syn_rtt_client: seconds(synAck !== 0 && established !== 0, synAck, established),
    orig_bytes: long(doubles[ORIG_DOUBLES + row.STREAM_BYTES]),
    resp_bytes: long(doubles[RESP_DOUBLES + row.STREAM_BYTES]),
    orig_ip_bytes: long(doubles[ORIG_DOUBLES + row.IP_BYTES]),
    resp_ip_bytes: long(doubles[RESP_DOUBLES + row.IP_BYTES]),
    orig_l2_bytes: long(doubles[ORIG_DOUBLES + row.L2_BYTES]),
    resp_l2_bytes: long(doubles[RESP_DOUBLES + row.L2_BYTES]),
    missed_bytes: long(missed[0]! + missed[1]!),
    orig_pkts: long(integers[ORIG + row.PACKETS]),
    resp_pkts: long(integers[RESP + row.PACKETS]),
    dup_packets: long(integers[row.DUPLICATES]),
    packet_rows: long(integers[row.PACKET_ROWS]),
    first_offset: long(doubles[row.FIRST_OFFSET]),
    last_offset: long(doubles[row.LAST_OFFSET]),
    vlan: integers[row.VLAN] === 0 ? null : integers[row.VLAN]! - 1,
    inner_vlan: integers[row.INNER_VLAN] === 0 ? null : integers[row.INNER_VLAN]! - 1,
    orig_tcp_flags: integers[ORIG + row.FLAGS],
    resp_tcp_flags: integers[RESP + row.FLAGS],
    orig_retx: integers[row.EVENTS + row.RETRANSMITTED],
    resp_retx: integers[RESP_EVENTS + row.RETRANSMITTED],
    orig_ooo: integers[row.EVENTS + row.OUT_OF_ORDER],
    resp_ooo: integers[RESP_EVENTS + row.OUT_OF_ORDER],
    orig_dup_ack: integers[row.EVENTS + row.DUPLICATE_ACKS],
    resp_dup_ack: integers[RESP_EVENTS + row.DUPLICATE_ACKS],
    orig_zero_win: integers[row.EVENTS + row.ZERO_WINDOWS],
    resp_zero_win: integers[RESP_EVENTS + row.ZERO_WINDOWS],
    orig_keep_alive: integers[row.EVENTS + row.KEEP_ALIVES],
    resp_keep_alive: integers[RESP_EVENTS + row.KEEP_ALIVES],
    resets: integers[row.RESETS],
    min_ttl: integers[row.TTL]! & 255,
    max_ttl: integers[row.TTL]! >> 8,
    truncated: integers[row.MARKS]! & row.MARK_TRUNCATED,
    translated_h:
      translated === 0
        ? null
        : host(translated, integers, conn.TRANSLATED_ADDRESS, conn.TRANSLATED_ADDRESS + 1),
    translated_p: translated === 0 ? null : integers[conn.TRANSLATED_PORT],
  };
}

it('makes rows of records, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), records => {
      const isTranslated = records.some(({ integers }) => integers[conn.TRANSLATED_VERSION] !== 0);
      const rows = kernel.rows(records.map(({ bytes }) => bytes));
      for (const [at, made] of rows.entries()) {
        const { conn_state, community_id, ...others } = made; // tested below, and in community-id.test.ts
        expect(conn_state).toBeDefined();
        expect(community_id).toHaveLength(conn.COMMUNITY_ID_WIDTH);
        const { translated_h, translated_p, ...wanted } = expected(records[at]!);
        expect(others).toEqual({ ...wanted, ...(isTranslated && { translated_h, translated_p }) });
      }
    }),
  );
});

describe('the state of a connection', () => {
  const stateOf = (orig: number, resp: number, history: number[] = [], bytes = 0) => {
    const made = new Record();
    made.integers[ORIG + row.STATE] = orig;
    made.integers[RESP + row.STATE] = resp;
    made.doubles[RESP_DOUBLES + row.STREAM_BYTES] = bytes;
    for (const [at, code] of history.entries()) {
      made.integers[row.HISTORY + Math.floor(at / 6)]! |= code << (5 * (at % 6));
    }
    made.integers[row.HISTORY_LENGTH] = history.length;
    return [kernel.rows([made.bytes])[0]!.conn_state, historyOf(made.integers)];
  };

  // As Zeek's base/protocols/conn decides it.
  it.each([
    ['S0', row.SYN_SENT, row.INACTIVE],
    ['S1', row.ESTABLISHED, row.ESTABLISHED],
    ['SF', row.CLOSED, row.CLOSED],
    ['REJ', row.SYN_SENT, row.RESET],
    ['REJ', row.SYN_ACK_SENT, row.RESET],
    ['REJ', row.RESET, row.RESET],
    ['S2', row.CLOSED, row.ESTABLISHED],
    ['S3', row.ESTABLISHED, row.CLOSED],
    ['RSTO', row.RESET, row.ESTABLISHED],
    ['RSTR', row.ESTABLISHED, row.RESET],
    ['RSTRH', row.INACTIVE, row.RESET],
    ['RSTRH', row.PARTIAL, row.RESET],
    ['SH', row.CLOSED, row.INACTIVE],
    ['SH', row.CLOSED, row.PARTIAL],
    ['SHR', row.PARTIAL, row.CLOSED],
    ['OTH', row.PARTIAL, row.PARTIAL],
    ['OTH', row.SYN_SENT, row.ESTABLISHED],
    ['OTH', row.RESET, row.INACTIVE],
  ])('is %s', (state, orig, resp) => {
    expect(stateOf(orig, resp)[0]).toBe(state);
  });

  it('is RSTR where both reset what had data', () => {
    expect(stateOf(row.RESET, row.RESET, [], 1)[0]).toBe('RSTR');
  });

  it('is RSTOS0 where a SYN was taken back and nothing else was said', () => {
    const letters = fc.array(fc.constantFrom(0, 1, 2, 3, 4, 6, 8, 10, 11, 12, 18, 20, 22, 24), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(letters, codes => {
        const [state, history] = stateOf(row.RESET, row.INACTIVE, codes);
        expect([state, history]).toEqual([
          /^\^?S[^HAFGIQ]*R/.test(history as string) ? 'RSTOS0' : 'OTH',
          history,
        ]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['SF', 1, 1],
    ['S0', 1, 0],
    ['SHR', 0, 1],
    ['OTH', 0, 0],
  ])('of UDP is %s where the ends sent %i and %i packets', (state, orig, resp) => {
    const made = new Record(4, 17);
    made.integers[ORIG + row.PACKETS] = orig;
    made.integers[RESP + row.PACKETS] = resp;
    expect(kernel.rows([made.bytes])[0]!.conn_state).toBe(state);
  });
});

describe('hosts', () => {
  const rowsFrom = (first: number, length: number) =>
    Array.from({ length }, (_, at) => {
      const made = new Record();
      made.integers[row.ORIG_ADDRESS] = first + at;
      made.integers[row.RESP_ADDRESS] = first + (at % 3);
      return made.bytes;
    });

  const textsOf = ({ texts }: TextColumn) =>
    Array.from(texts.offsets.subarray(1), (_, number) => textOf(texts, number));

  it('are each once among the texts of a batch', () => {
    kernel.rows(rowsFrom(500, 10));
    const before = kernel.batch(10).columns.id_resp_h as TextColumn;
    expect(textsOf(before)).toEqual(['0.0.1.244', '0.0.1.245', '0.0.1.246']);
    kernel.rows(rowsFrom(501, 10));
    const after = kernel.batch(10).columns.id_resp_h as TextColumn;
    expect(textsOf(after)).toEqual(['0.0.1.245', '0.0.1.246', '0.0.1.247']);
  });

  it('are told apart however many there are, though they are forgotten now and then', () => {
    for (let round = 0; round < 3; round++) {
      for (let first = 0; first < 45_000; first += 4096) {
        const base = first + round * 65_536;
        const rows = kernel.rows(rowsFrom(base, 4096));
        const hosts = rows.map(({ id_orig_h }) => id_orig_h);
        const texts = Array.from({ length: 4096 }, (_, at) => {
          return `0.${(base + at) >> 16}.${((base + at) >> 8) & 255}.${at & 255}`;
        });
        expect(hosts).toEqual(texts);
      }
    }
  });
});
