/** What a packet of a flow is to the flow. `located` is the flow's row times two, plus the direction. */
import { PROTOCOL_TCP, PROTOCOL_UDP, TCP_ACK, TCP_FIN, TCP_RST } from '../../../pcap/protocols';
import * as row from '../../engine/row';
import * as at from '../layout';
import { packets } from './batches';
import { addHistory } from './history';
import { packet } from './packet';
import { doubles, integers } from './rows';
import { trackAcknowledgement, trackSequence } from './tcp-sequence';
import { haveBothClosed, isOver, moveState, noteFlags } from './tcp-state';

/** One record of the flow, seen for the first time or again: its row in `packets`. */
export function note(located: i32, member: i32, isDuplicate: bool): void {
  const base = (located >> 1) * row.ROW_INTEGERS;
  doubles[(base >> 1) + row.LAST_OFFSET] = packet.offset;
  integers[base + row.PACKET_ROWS] = integers[base + row.PACKET_ROWS] + 1;
  addRecord(base, (member << 2) | (isDuplicate ? 2 : 0) | (located & 1));
  if (!isDuplicate) return;
  store<i32>(at.STATE_AT, load<i32>(at.STATE_AT, at.DUPLICATES << 2) + 1, at.DUPLICATES << 2);
  integers[base + row.DUPLICATES] = integers[base + row.DUPLICATES] + 1;
}

/** The record's place in the batch of packets; see engine/packet-records.ts. */
function addRecord(base: i32, rest: i32): void {
  const state = at.STATE_AT;
  const count = load<i32>(state, at.RECORD_COUNT << 2);
  const batch = load<i32>(state, at.BATCH << 2);
  store<i32>(state, count + 1, at.RECORD_COUNT << 2);
  if (integers[base + row.PACKET_BATCH] !== batch) {
    const flow = load<i32>(state, at.FLOW_COUNT << 2);
    integers[base + row.PACKET_BATCH] = batch;
    integers[base + row.FLOW_IN_BATCH] = flow;
    // The flow is found again by its ordinal: its row may be another flow's by then.
    store<i32>(packets + ((<usize>flow) << 2), integers[base + row.ORDINAL], at.PACKET_ORDINALS);
    store<i32>(state, flow + 1, at.FLOW_COUNT << 2);
  }
  const record = packets + <usize>count * at.PACKET_RECORD_BYTES;
  store<i32>(record, integers[base + row.FLOW_IN_BATCH]);
  store<i32>(record, packet.caplen, 4);
  store<i32>(record, packet.origlen, 8);
  store<i32>(record, rest, 12);
  store<f64>(record, packet.time, 16);
  store<f64>(record, packet.offset, 24);
}

/** Counts a packet that is no duplicate. `hasKnownPayload`: it is known where its header ends. */
export function count(located: i32, hasKnownPayload: bool): void {
  const base = (located >> 1) * row.ROW_INTEGERS;
  const first = base >> 1;
  const now = packet.time;
  const own = base + row.INTEGERS_OF_DIRECTION + (located & 1) * row.DIRECTION_INTEGERS;
  const sums = first + row.DOUBLES_OF_DIRECTION + (located & 1) * row.DIRECTION_DOUBLES;
  integers[own + row.PACKETS] = integers[own + row.PACKETS] + 1;
  doubles[sums + row.IP_BYTES] = doubles[sums + row.IP_BYTES] + <f64>(<u32>packet.ipLength);
  doubles[sums + row.L2_BYTES] = doubles[sums + row.L2_BYTES] + <f64>(<u32>packet.origlen);
  if (hasKnownPayload)
    doubles[sums + row.STREAM_BYTES] = doubles[sums + row.STREAM_BYTES] + <f64>(<u32>packet.payloadLength);
  if (now >= doubles[first + row.LAST_TIME]) doubles[first + row.LAST_TIME] = now;
  else if (now < doubles[first + row.FIRST_TIME]) doubles[first + row.FIRST_TIME] = now;
  const ttls = integers[base + row.TTL];
  if (packet.ttl < (ttls & 255)) integers[base + row.TTL] = (ttls & 0xff00) | packet.ttl;
  else if (packet.ttl > ttls >> 8) integers[base + row.TTL] = (ttls & 255) | (packet.ttl << 8);
}

/** Follows what the transport header of a packet, or of a reassembled datagram, does to its flow. */
export function follow(located: i32): void {
  const base = (located >> 1) * row.ROW_INTEGERS;
  const direction = located & 1;
  if (packet.payloadLength !== 0 && <u32>packet.payload + <u32>packet.payloadLength > <u32>packet.end) {
    integers[base + row.MARKS] = integers[base + row.MARKS] | row.MARK_TRUNCATED;
  }
  if (packet.protocol === PROTOCOL_TCP) {
    noteFlags(base, direction, packet);
    if (trackSequence(base, direction, packet)) {
      store<i32>(at.STATE_AT, load<i32>(at.STATE_AT, at.RETRANSMISSIONS << 2) + 1, at.RETRANSMISSIONS << 2);
    }
    moveState(base, direction, packet);
    if ((packet.flags & TCP_ACK) !== 0) trackAcknowledgement(base, direction, packet);
    if ((packet.flags & (TCP_FIN | TCP_RST)) !== 0) noteEnd(base);
  } else if (packet.protocol === PROTOCOL_UDP) noteDatagram(base, direction);
}

/** After a FIN or RST: is the connection over, and did it end? */
function noteEnd(base: i32): void {
  const marks = integers[base + row.MARKS];
  let noted = marks;
  if ((marks & row.MARK_OVER) === 0 && isOver(base)) {
    noted |= row.MARK_OVER;
    doubles[(base >> 1) + row.OVER_TIME] = packet.time;
  }
  if ((marks & row.MARK_ENDED) === 0 && haveBothClosed(base)) {
    noted |= row.MARK_ENDED;
    doubles[(base >> 1) + row.END_TIME] = packet.time;
  }
  integers[base + row.MARKS] = noted;
}

function noteDatagram(base: i32, direction: i32): void {
  const own = base + row.INTEGERS_OF_DIRECTION + direction * row.DIRECTION_INTEGERS;
  const seen = integers[own + row.SEEN];
  if ((seen & row.SEEN_DATA) !== 0) return;
  integers[own + row.SEEN] = seen | row.SEEN_DATA;
  addHistory(base, direction, row.HISTORY_DATA);
}
