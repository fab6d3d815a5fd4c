/** Sequence numbers of a TCP connection: what was sent again, out of order, or only to keep it alive. */
import { type Packet, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../pcap/packet.ts';
import {
  addHistory,
  HISTORY_GAP,
  HISTORY_RETRANSMISSION,
  HISTORY_ZERO_WINDOW,
  isMilestone,
} from './history.ts';
import {
  ACK,
  DIRECTION_DOUBLES,
  DIRECTION_EVENTS,
  DIRECTION_INTEGERS,
  DOUBLES_OF_DIRECTION,
  DUPLICATE_ACK_RUN,
  DUPLICATE_ACKS,
  ESTABLISHED_TIME,
  EVENTS,
  FLAGS,
  INTEGERS_OF_DIRECTION,
  KEEP_ALIVES,
  MISSED,
  NEXT,
  OUT_OF_ORDER,
  RESETS,
  RETRANSMITTED,
  SEEN,
  SEEN_ACK,
  SEEN_DUPLICATE_ACK,
  SEEN_ESTABLISHED,
  SEEN_GAP,
  SEEN_KEEP_ALIVE,
  SEEN_NEXT,
  SEEN_TIME,
  START,
  STREAM_BYTES,
  SYN_ACK_TIME,
  SYN_TIME,
  WINDOW,
  ZERO_WINDOWS,
} from './row.ts';

const SYN_FIN_RST = TCP_SYN | TCP_FIN | TCP_RST;
/** Wireshark's bounds (epan/dissectors/packet-tcp.c). */
const FAST_RETRANSMISSION_NANOSECONDS = 20e6;
const OUT_OF_ORDER_NANOSECONDS = 3e6;

/**
 * Counts what one TCP packet does to its connection; terms and rules are those of Wireshark's tcp.analysis.
 * True when the packet was sent again.
 */
export function trackSequence(
  integers: Int32Array,
  doubles: Float64Array,
  base: number,
  direction: number,
  packet: Packet,
): boolean {
  const now = packet.time;
  const own = base + INTEGERS_OF_DIRECTION + direction * DIRECTION_INTEGERS;
  const peer = base + INTEGERS_OF_DIRECTION + (1 - direction) * DIRECTION_INTEGERS;
  const ownEvents = base + EVENTS + direction * DIRECTION_EVENTS;
  const row = base >> 1;
  const ownDoubles = row + DOUBLES_OF_DIRECTION + direction * DIRECTION_DOUBLES;
  const flags = packet.flags;
  const sequence = packet.sequence;
  const length = packet.payloadLength;
  const window = packet.window;
  const acknowledgement = packet.acknowledgement;

  integers[own + FLAGS] = integers[own + FLAGS]! | flags;
  if ((flags & TCP_RST) !== 0) {
    integers[base + RESETS] = integers[base + RESETS]! + 1;
    return false; // its numbers say nothing about the stream
  }
  if ((flags & TCP_SYN) !== 0) noteHandshake(doubles, row, direction, packet);
  if (window === 0 && (flags & SYN_FIN_RST) === 0) {
    const count = integers[ownEvents + ZERO_WINDOWS]! + 1;
    integers[ownEvents + ZERO_WINDOWS] = count;
    if (isMilestone(count)) addHistory(integers, base, direction, HISTORY_ZERO_WINDOW);
  }

  const seen = integers[own + SEEN]!;
  const peerSeen = integers[peer + SEEN]!;
  const advance = length + ((flags & TCP_SYN) !== 0 ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0);
  let isKeepAlive = false;
  let isRetransmission = false;
  let isDuplicateAck = false;
  let isFirstGap = false;
  let isProbe = false;
  if ((seen & SEEN_NEXT) !== 0) {
    const ahead = (sequence - integers[own + NEXT]!) | 0;
    isProbe = length === 1 && ahead === 0 && (peerSeen & SEEN_ACK) !== 0 && integers[peer + WINDOW] === 0;
    if (!isProbe && length <= 1 && ahead === -1 && (flags & SYN_FIN_RST) === 0) {
      isKeepAlive = true;
      integers[ownEvents + KEEP_ALIVES] = integers[ownEvents + KEEP_ALIVES]! + 1;
    } else if (
      length === 0 &&
      ahead === 0 &&
      window !== 0 &&
      (flags & SYN_FIN_RST) === 0 &&
      (seen & SEEN_ACK) !== 0 &&
      window === integers[own + WINDOW] &&
      acknowledgement === integers[own + ACK] &&
      (peerSeen & SEEN_KEEP_ALIVE) === 0
    ) {
      isDuplicateAck = true;
      integers[ownEvents + DUPLICATE_ACKS] = integers[ownEvents + DUPLICATE_ACKS]! + 1;
      integers[ownEvents + DUPLICATE_ACK_RUN] = integers[ownEvents + DUPLICATE_ACK_RUN]! + 1;
    }
    if (ahead > 0) {
      integers[own + MISSED] = integers[own + MISSED]! + ahead;
      if (advance > 0 && (seen & SEEN_GAP) === 0) {
        isFirstGap = true;
        addHistory(integers, base, direction, HISTORY_GAP);
      }
    } else if (ahead < 0 && advance > 0 && !isKeepAlive) {
      const isLate = isOutOfOrder(integers, doubles, base, direction, packet);
      if (isLate) {
        integers[ownEvents + OUT_OF_ORDER] = integers[ownEvents + OUT_OF_ORDER]! + 1;
        integers[own + MISSED] = Math.max(0, integers[own + MISSED]! - length);
      } else {
        isRetransmission = true;
        const count = integers[ownEvents + RETRANSMITTED]! + 1;
        integers[ownEvents + RETRANSMITTED] = count;
        if (length > 0 && isMilestone(count)) addHistory(integers, base, direction, HISTORY_RETRANSMISSION);
        // What is sent again may be what was never seen.
        if (integers[own + MISSED]! > 0)
          integers[own + MISSED] = Math.max(0, integers[own + MISSED]! - length);
      }
    }
  }

  const end = (sequence + advance) | 0;
  if ((seen & SEEN_NEXT) === 0) {
    integers[ownEvents + START] = (flags & TCP_SYN) !== 0 ? (sequence + 1) | 0 : sequence;
    integers[own + NEXT] = end;
    doubles[ownDoubles + STREAM_BYTES] = length;
  } else {
    const gained = (end - integers[own + NEXT]!) | 0;
    if (gained > 0 && !isProbe) {
      integers[own + NEXT] = end;
      // A FIN takes a number of the sequence, but is no byte of the stream.
      doubles[ownDoubles + STREAM_BYTES] =
        doubles[ownDoubles + STREAM_BYTES]! + gained - ((flags & TCP_FIN) !== 0 ? 1 : 0);
    }
  }
  let marks = (seen | SEEN_NEXT) & ~SEEN_KEEP_ALIVE;
  if (isDuplicateAck) marks |= SEEN_DUPLICATE_ACK;
  if (isFirstGap) marks |= SEEN_GAP;
  if (isKeepAlive) marks |= SEEN_KEEP_ALIVE;
  if ((flags & TCP_ACK) !== 0) {
    if (acknowledgement !== integers[own + ACK]) {
      integers[own + ACK] = acknowledgement;
      if ((seen & SEEN_DUPLICATE_ACK) !== 0) integers[ownEvents + DUPLICATE_ACK_RUN] = 0;
      marks &= ~SEEN_DUPLICATE_ACK;
    }
    marks |= SEEN_ACK;
    if (direction === 0 && (seen & SEEN_ESTABLISHED) === 0) {
      marks |= SEEN_ESTABLISHED;
      if (doubles[row + SYN_ACK_TIME] !== 0) doubles[row + ESTABLISHED_TIME] = now + TIME_OFFSET;
    }
  }
  integers[own + WINDOW] = window;
  integers[own + SEEN] = marks;
  doubles[ownDoubles + SEEN_TIME] = now;
  return isRetransmission;
}

/** Handshake times are kept one above the clock, so that 0 can mean "not seen". */
export const TIME_OFFSET = 1;

/** First SYN, and the SYN-ACK that answers it. */
function noteHandshake(doubles: Float64Array, row: number, direction: number, packet: Packet): void {
  const { flags, time } = packet;
  if (direction === 0 && (flags & TCP_ACK) === 0) {
    if (doubles[row + SYN_TIME] === 0) doubles[row + SYN_TIME] = time + TIME_OFFSET;
  } else if (direction === 1 && (flags & TCP_ACK) !== 0) {
    if (doubles[row + SYN_ACK_TIME] === 0) doubles[row + SYN_ACK_TIME] = time + TIME_OFFSET;
  }
}

/** A segment behind the highest one: late for the first time, or sent again? */
function isOutOfOrder(
  integers: Int32Array,
  doubles: Float64Array,
  base: number,
  direction: number,
  packet: Packet,
): boolean {
  const now = packet.time;
  const row = base >> 1;
  const own = base + INTEGERS_OF_DIRECTION + direction * DIRECTION_INTEGERS;
  const peer = base + INTEGERS_OF_DIRECTION + (1 - direction) * DIRECTION_INTEGERS;
  const peerEvents = base + EVENTS + (1 - direction) * DIRECTION_EVENTS;
  const ownDoubles = row + DOUBLES_OF_DIRECTION + direction * DIRECTION_DOUBLES;
  const peerDoubles = row + DOUBLES_OF_DIRECTION + (1 - direction) * DIRECTION_DOUBLES;
  const isFastRetransmission =
    integers[peerEvents + DUPLICATE_ACK_RUN]! >= 2 &&
    integers[peer + ACK] === packet.sequence &&
    now - doubles[peerDoubles + SEEN_TIME]! < FAST_RETRANSMISSION_NANOSECONDS;
  if (isFastRetransmission || integers[own + MISSED]! <= 0) return false;
  const syn = doubles[row + SYN_TIME]!;
  const established = doubles[row + ESTABLISHED_TIME]!;
  const bound = syn !== 0 && established !== 0 ? established - syn : OUT_OF_ORDER_NANOSECONDS;
  return now - doubles[ownDoubles + SEEN_TIME]! < bound;
}
