/** Columns of `conn`, of a batch of records of flows; how both lie in memory is told by conn.ts of the kernel. */
import * as row from '../../../engine/row';
import { writeUid } from '../../../kernel/assembly/tables/rows';
import { beginTextAt } from '../../../kernel/assembly/text';
import { nanosecondsOf } from '../../../kernel/assembly/time';
import * as at from '../../../kernel/conn';
import { KEY_TEXT_AT } from '../../../kernel/layout';
import { UID_WIDTH } from '../../../kernel/tables';
import { writeCommunityId } from './community-id';
import { beginKept, placeOfKey, setKey } from './kept';
import { stateOf } from './state';

const ORIG: i32 = row.INTEGERS_OF_DIRECTION;
const RESP: i32 = ORIG + row.DIRECTION_INTEGERS;
const ORIG_EVENTS: i32 = row.EVENTS;
const RESP_EVENTS: i32 = row.EVENTS + row.DIRECTION_EVENTS;
const ORIG_DOUBLES: i32 = row.DOUBLES_OF_DIRECTION;
const RESP_DOUBLES: i32 = ORIG_DOUBLES + row.DIRECTION_DOUBLES;

/** The record that is read, and the row that it becomes. */
let record: i32 = 0;
let place: i32 = 0;

/**
 * Makes columns of `count` records from `records` on. `epoch`: time 0 on the clock of the capture, whose times are whole
 * numbers of `unit` (nanoseconds). Returns whether any of the flows was translated: only then columns tell of it.
 */
export function makeConn(records: i32, count: i32, epoch: i64, unit: f64): bool {
  beginTextAt(KEY_TEXT_AT); // another thread may be making texts where they usually are
  beginKept(count);
  let isTranslated = false;
  for (let number = 0; number < count; number++) {
    record = records + number * at.FLOW_RECORD_BYTES;
    place = number;
    putIntegers();
    putEvents();
    putLongs(epoch, unit);
    putDoubles();
    putIndexes();
    writeUid(at.UIDS_AT + number * UID_WIDTH, integer(row.ORDINAL));
    writeCommunityId(record, at.COMMUNITY_IDS_AT + number * at.COMMUNITY_ID_WIDTH);
    if (putTranslation()) isTranslated = true;
  }
  return isTranslated;
}

function integer(field: i32): i32 {
  return load<i32>(record + (field << 2));
}

function double(field: i32): f64 {
  return load<f64>(record + (field << 3));
}

function columnAt(column: i32): i32 {
  return at.UIDS_AT - (at.CONN_COLUMNS - column) * at.CONN_COLUMN_BYTES;
}

function putInteger(column: i32, value: i32): void {
  store<i32>(columnAt(column) + (place << 2), value);
}

function putLong(column: i32, value: i64): void {
  store<i64>(columnAt(column) + (place << 3), value);
}

function putByte(column: i32, value: i32): void {
  store<u8>(columnAt(column) + place, <u8>value);
}

function putIntegers(): void {
  const ports = integer(row.PORTS);
  const ttls = integer(row.TTL);
  const vlan = integer(row.VLAN) - 1;
  const inner = integer(row.INNER_VLAN) - 1;
  putInteger(at.FLOW, integer(row.ORDINAL));
  putInteger(at.ORIG_PORT, <u32>ports >> 16);
  putInteger(at.RESP_PORT, ports & 0xffff);
  putInteger(at.IP_PROTO, integer(row.KIND) & 255);
  putInteger(at.RESETS, integer(row.RESETS));
  putInteger(at.MIN_TTL, ttls & 255);
  putInteger(at.MAX_TTL, (ttls >> 8) & 255);
  putInteger(at.VLAN, vlan);
  putByte(at.NO_VLAN, i32(vlan < 0));
  putInteger(at.INNER_VLAN, inner);
  putByte(at.NO_INNER_VLAN, i32(inner < 0));
  putByte(at.TRUNCATED, integer(row.MARKS) & row.MARK_TRUNCATED);
}

/** What happens seldom, of both directions. */
function putEvents(): void {
  putInteger(at.ORIG_FLAGS, integer(ORIG + row.FLAGS));
  putInteger(at.RESP_FLAGS, integer(RESP + row.FLAGS));
  putInteger(at.ORIG_RETRANSMITTED, integer(ORIG_EVENTS + row.RETRANSMITTED));
  putInteger(at.RESP_RETRANSMITTED, integer(RESP_EVENTS + row.RETRANSMITTED));
  putInteger(at.ORIG_OUT_OF_ORDER, integer(ORIG_EVENTS + row.OUT_OF_ORDER));
  putInteger(at.RESP_OUT_OF_ORDER, integer(RESP_EVENTS + row.OUT_OF_ORDER));
  putInteger(at.ORIG_DUPLICATE_ACKS, integer(ORIG_EVENTS + row.DUPLICATE_ACKS));
  putInteger(at.RESP_DUPLICATE_ACKS, integer(RESP_EVENTS + row.DUPLICATE_ACKS));
  putInteger(at.ORIG_ZERO_WINDOWS, integer(ORIG_EVENTS + row.ZERO_WINDOWS));
  putInteger(at.RESP_ZERO_WINDOWS, integer(RESP_EVENTS + row.ZERO_WINDOWS));
  putInteger(at.ORIG_KEEP_ALIVES, integer(ORIG_EVENTS + row.KEEP_ALIVES));
  putInteger(at.RESP_KEEP_ALIVES, integer(RESP_EVENTS + row.KEEP_ALIVES));
}

function putLongs(epoch: i64, unit: f64): void {
  putLong(at.TS, epoch + nanosecondsOf(double(row.FIRST_TIME), unit));
  putLong(at.ORIG_PACKETS, <i64>(<u32>integer(ORIG + row.PACKETS)));
  putLong(at.RESP_PACKETS, <i64>(<u32>integer(RESP + row.PACKETS)));
  putLong(at.DUPLICATES, <i64>(<u32>integer(row.DUPLICATES)));
  putLong(at.PACKET_ROWS, <i64>(<u32>integer(row.PACKET_ROWS)));
  putLong(at.ORIG_BYTES, <i64>double(ORIG_DOUBLES + row.STREAM_BYTES));
  putLong(at.RESP_BYTES, <i64>double(RESP_DOUBLES + row.STREAM_BYTES));
  putLong(at.ORIG_IP_BYTES, <i64>double(ORIG_DOUBLES + row.IP_BYTES));
  putLong(at.RESP_IP_BYTES, <i64>double(RESP_DOUBLES + row.IP_BYTES));
  putLong(at.ORIG_L2_BYTES, <i64>double(ORIG_DOUBLES + row.L2_BYTES));
  putLong(at.RESP_L2_BYTES, <i64>double(RESP_DOUBLES + row.L2_BYTES));
  putLong(at.FIRST_OFFSET, <i64>double(row.FIRST_OFFSET));
  putLong(at.LAST_OFFSET, <i64>double(row.LAST_OFFSET));
  // Acknowledged and never seen, and still open at the end, in both directions.
  const lost = <i64>integer(ORIG_EVENTS + row.LOST) + <i64>integer(RESP_EVENTS + row.LOST);
  const open = <i64>integer(ORIG_EVENTS + row.UNACKED_HOLES) + <i64>integer(RESP_EVENTS + row.UNACKED_HOLES);
  putLong(at.MISSED_BYTES, lost + open);
}

/** Seconds from one time to another, if they were seen; else -1, and there are none. */
function putSeconds(column: i32, none: i32, isSeen: bool, from: f64, to: f64): void {
  const seconds = isSeen ? (to - from) / 1e9 : -1;
  store<f64>(columnAt(column) + (place << 3), seconds);
  putByte(none, i32(seconds < 0));
}

function putDoubles(): void {
  const hasEnded = (integer(row.MARKS) & row.MARK_ENDED) !== 0;
  const end = double(hasEnded ? row.END_TIME : row.LAST_TIME);
  const packets = <i64>(<u32>integer(ORIG + row.PACKETS)) + <i64>(<u32>integer(RESP + row.PACKETS));
  const syn = double(row.SYN_TIME);
  const synAck = double(row.SYN_ACK_TIME);
  const established = double(row.ESTABLISHED_TIME);
  putSeconds(at.DURATION, at.NO_DURATION, packets > 1, double(row.FIRST_TIME), end);
  putSeconds(at.SERVER_RTT, at.NO_SERVER_RTT, syn !== 0 && synAck !== 0, syn, synAck);
  putSeconds(at.CLIENT_RTT, at.NO_CLIENT_RTT, synAck !== 0 && established !== 0, synAck, established);
}

function putIndexes(): void {
  const version = integer(row.KIND) >> 8;
  const bytes = double(ORIG_DOUBLES + row.STREAM_BYTES) + double(RESP_DOUBLES + row.STREAM_BYTES);
  putHost(at.ORIG_HOST, at.ORIG_HOSTS, version, row.ORIG_ADDRESS, row.ORIG_TAIL);
  putHost(at.RESP_HOST, at.RESP_HOSTS, version, row.RESP_ADDRESS, row.RESP_TAIL);
  setKey(
    integer(row.HISTORY),
    integer(row.HISTORY + 1),
    integer(row.HISTORY + 2),
    integer(row.HISTORY + 3),
    integer(row.HISTORY_LENGTH),
  );
  putInteger(at.HISTORY, placeOfKey(at.HISTORIES));
  putInteger(at.STATE, stateOf(record, bytes));
  putInteger(at.SERVICE, integer(row.SERVICE) - 1);
  putInteger(at.TUNNEL, integer(row.TUNNEL) - 1);
  const interfaces = integer(row.INTERFACES);
  putInteger(at.INTERFACES, interfaces === 0 ? -1 : interfaces);
}

function putHost(column: i32, table: i32, version: i32, address: i32, tail: i32): void {
  if (version === 4) setKey(version, integer(address), 0, 0, 0);
  else setKey(version, integer(address), integer(tail), integer(tail + 1), integer(tail + 2));
  putInteger(column, placeOfKey(table));
}

function putTranslation(): bool {
  const version = integer(at.TRANSLATED_VERSION);
  putByte(at.NOT_TRANSLATED, i32(version === 0));
  if (version === 0) {
    putInteger(at.TRANSLATED_HOST, -1);
    putInteger(at.TRANSLATED_PORTS, 0);
    return false;
  }
  const address = at.TRANSLATED_ADDRESS;
  putHost(at.TRANSLATED_HOST, at.TRANSLATED_HOSTS, version, address, address + 1);
  putInteger(at.TRANSLATED_PORTS, integer(at.TRANSLATED_PORT));
  return true;
}
