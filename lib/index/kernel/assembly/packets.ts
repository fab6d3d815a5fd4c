import { FLOW_IN_BATCH, ORDINAL, PACKET_BATCH } from '../../engine/row';
import * as at from '../layout';

/** As `PacketRecords.add`. */
export function addRecord(base: usize, caplen: i32, origlen: i32, rest: i32, now: f64, offset: f64): void {
  const state = at.STATE_AT;
  const count = load<i32>(state, at.RECORD_COUNT << 2);
  const batch = load<i32>(state, at.BATCH << 2);
  store<i32>(state, count + 1, at.RECORD_COUNT << 2);
  if (load<i32>(base, PACKET_BATCH << 2) !== batch) {
    const flow = load<i32>(state, at.FLOW_COUNT << 2);
    store<i32>(base, batch, PACKET_BATCH << 2);
    store<i32>(base, flow, FLOW_IN_BATCH << 2);
    store<i32>(<usize>at.PACKET_FLOWS_AT + ((<usize>flow) << 2), load<i32>(base, ORDINAL << 2));
    store<i32>(state, flow + 1, at.FLOW_COUNT << 2);
  }
  const record = <usize>at.PACKET_RECORDS_AT + <usize>count * at.PACKET_RECORD_BYTES;
  store<i32>(record, load<i32>(base, FLOW_IN_BATCH << 2));
  store<i32>(record, caplen, 4);
  store<i32>(record, origlen, 8);
  store<i32>(record, rest, 12);
  store<f64>(record, now, 16);
  store<f64>(record, offset, 24);
}
