/** How flows end: they go idle, or the capture is over; each becomes a record (see conn.ts of the kernel). */
import { PROTOCOL_TCP } from '../../../pcap/protocols';
import * as row from '../../engine/row';
import * as conn from '../conn';
import * as at from '../layout';
import { flows } from './batches';
import { releaseAliases, takeFlows } from './engine';
import { doubles, integers } from './rows';
import { endPayload } from './streams/payload';
import { remove } from './table';

const SECOND: f64 = 1e9;
/** What is established may be silent for as long as address translation has to keep it (RFC 5382, REQ-5). */
const TCP_ESTABLISHED_IDLE: f64 = 7440 * SECOND;

/** Whether nothing of a flow is waited for any more. */
export function isIdle(flow: i32, now: f64): bool {
  const base = flow * row.ROW_INTEGERS;
  const silence = now - doubles[(base >> 1) + row.LAST_TIME];
  if ((integers[base + row.KIND] & 255) !== PROTOCOL_TCP) return silence >= at.OTHER_IDLE;
  if ((integers[base + row.MARKS] & row.MARK_OVER) !== 0) {
    return silence >= at.TCP_OVER && silence >= patienceWith(base);
  }
  return silence >= at.TCP_IDLE && (silence >= TCP_ESTABLISHED_IDLE || !isEstablished(base));
}

/** What is sent again after the end comes at intervals that double (RFC 6298): as long as all of them so far. */
function patienceWith(base: i32): f64 {
  const late = doubles[(base >> 1) + row.LAST_TIME] - doubles[(base >> 1) + row.OVER_TIME];
  return min(2 * late, at.TCP_IDLE);
}

/** True when both ends were heard of and neither closed, whether or not the handshake was captured. */
function isEstablished(base: i32): bool {
  const orig = integers[base + row.INTEGERS_OF_DIRECTION + row.STATE] & 15;
  const resp = integers[base + row.INTEGERS_OF_DIRECTION + row.DIRECTION_INTEGERS + row.STATE] & 15;
  return (
    (orig === row.PARTIAL || orig === row.ESTABLISHED) && (resp === row.PARTIAL || resp === row.ESTABLISHED)
  );
}

/** Lets idle flows go: a look at each. */
export function sweep(now: f64): void {
  const top = load<i32>(at.STATE_AT, at.TOP << 2);
  for (let flow = 0; flow < top; flow++) if (isOwn(flow) && isIdle(flow, now)) close(flow);
}

/** Lets all flows go. */
export function closeAll(): void {
  const top = load<i32>(at.STATE_AT, at.TOP << 2);
  for (let flow = 0; flow < top; flow++) if (isOwn(flow)) close(flow);
}

/** Whether a row is that of a flow, and not of an alias. */
function isOwn(flow: i32): bool {
  return (integers[flow * row.ROW_INTEGERS + row.MARKS] & (row.MARK_LIVE | row.MARK_ALIAS)) === row.MARK_LIVE;
}

/** The flow becomes a record. */
export function close(flow: i32): void {
  const base = flow * row.ROW_INTEGERS;
  endPayload(flow, doubles[(base >> 1) + row.LAST_TIME]);
  const alias = integers[base + row.ALIAS] === 0 ? -1 : releaseAliases(flow);
  const count = load<i32>(at.STATE_AT, at.FLOW_RECORD_COUNT << 2);
  addRecord(flows + count * conn.FLOW_RECORD_BYTES, base, alias);
  store<i32>(at.STATE_AT, count + 1, at.FLOW_RECORD_COUNT << 2);
  remove(flow);
  if (count + 1 === conn.FLOW_RECORDS) takeFlows();
}

/** `alias`: where the row of the other responder begins, -1 for none. */
function addRecord(record: i32, base: i32, alias: i32): void {
  memory.copy(record, <usize>at.ROWS_AT + ((<usize>base) << 2), row.ROW_INTEGERS << 2);
  if (alias === -1) {
    put(record, conn.TRANSLATED_VERSION, 0);
    return;
  }
  put(record, conn.TRANSLATED_VERSION, integers[alias + row.KIND] >> 8);
  put(record, conn.TRANSLATED_PORT, integers[alias + row.PORTS] & 0xffff);
  put(record, conn.TRANSLATED_ADDRESS, integers[alias + row.RESP_ADDRESS]);
  for (let word = 0; word < 3; word++) {
    put(record, conn.TRANSLATED_ADDRESS + 1 + word, integers[alias + row.RESP_TAIL + word]);
  }
}

function put(record: i32, field: i32, value: i32): void {
  store<i32>(record + (field << 2), value);
}
