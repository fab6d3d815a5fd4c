/** Sequence numbers of a TCP connection: what was sent again, out of order, or only to keep it alive. */
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../../pcap/protocols';
import {
  ACK,
  ACKED,
  CLOSED_WINDOWS,
  DIRECTION_DOUBLES,
  DIRECTION_EVENTS,
  DIRECTION_INTEGERS,
  DOUBLES_OF_DIRECTION,
  DUPLICATE_ACK_RUN,
  DUPLICATE_ACKS,
  ESTABLISHED_TIME,
  EVENTS,
  FLAGS,
  GAPS,
  HISTORY_GAP,
  HISTORY_RETRANSMISSION,
  HISTORY_ZERO_WINDOW,
  HOLE,
  INTEGERS_OF_DIRECTION,
  KEEP_ALIVES,
  LOST,
  MISSED,
  NEXT,
  OUT_OF_ORDER,
  RESENT,
  RESETS,
  RETRANSMITTED,
  SEEN,
  SEEN_ACK,
  SEEN_ACKED_UNSEEN,
  SEEN_DUPLICATE_ACK,
  SEEN_ESTABLISHED,
  SEEN_FIN,
  SEEN_KEEP_ALIVE,
  SEEN_NEXT,
  SEEN_TIME,
  START,
  STREAM_BYTES,
  SYN_ACK_TIME,
  SYN_TIME,
  UNACKED_HOLES,
  WINDOW,
  ZERO_WINDOWS,
} from '../../engine/row';
import { addHistory, isMilestone } from './history';
import { Packet } from './packet';
import { doubles, integers } from './rows';
import { isClean, isClosed, isReset } from './tcp-state';

const SYN_FIN_RST = TCP_SYN | TCP_FIN | TCP_RST;
/** Wireshark's bounds (epan/dissectors/packet-tcp.c). */
const FAST_RETRANSMISSION_NANOSECONDS: f64 = 20e6;
const OUT_OF_ORDER_NANOSECONDS: f64 = 3e6;
/** An acknowledgement further ahead than any window is broken. */
const MAX_LEAP: i32 = 1 << 30;
/** What is lost of a direction is counted up to 2 GiB. */
const MAX_INT32 = 0x7fffffff;

/**
 * Counts what one TCP packet does to its connection; terms and rules are those of Wireshark's tcp.analysis.
 * True when the packet was sent again.
 */
export function trackSequence(base: i32, direction: i32, packet: Packet): bool {
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

  integers[own + FLAGS] = integers[own + FLAGS] | flags;
  if ((flags & TCP_RST) !== 0) {
    integers[base + RESETS] = integers[base + RESETS] + 1;
    return false; // its numbers say nothing about the stream
  }
  if ((flags & TCP_SYN) !== 0) noteHandshake(row, direction, packet);
  if (window === 0) {
    if ((flags & SYN_FIN_RST) === 0)
      integers[ownEvents + ZERO_WINDOWS] = integers[ownEvents + ZERO_WINDOWS] + 1;
    // Of no meaning to Zeek once the peer has nothing more to send.
    if (!isClosed(peer) && !isReset(own)) {
      noteMilestone(base, direction, CLOSED_WINDOWS, HISTORY_ZERO_WINDOW);
    }
  }

  const seen = integers[own + SEEN];
  const peerSeen = integers[peer + SEEN];
  const advance = length + ((flags & TCP_SYN) !== 0 ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0);
  let isKeepAlive = false;
  let isRetransmission = false;
  let isDuplicateAck = false;
  let isProbe = false;
  if ((seen & SEEN_NEXT) !== 0) {
    const ahead = sequence - integers[own + NEXT];
    isProbe = length === 1 && ahead === 0 && (peerSeen & SEEN_ACK) !== 0 && integers[peer + WINDOW] === 0;
    if (!isProbe && length <= 1 && ahead === -1 && (flags & SYN_FIN_RST) === 0) {
      isKeepAlive = true;
      integers[ownEvents + KEEP_ALIVES] = integers[ownEvents + KEEP_ALIVES] + 1;
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
      integers[ownEvents + DUPLICATE_ACKS] = integers[ownEvents + DUPLICATE_ACKS] + 1;
      integers[ownEvents + DUPLICATE_ACK_RUN] = integers[ownEvents + DUPLICATE_ACK_RUN] + 1;
    }
    if (length > 0 && <i64>ahead + <i64>advance <= 0 && !isReset(own)) {
      noteMilestone(base, direction, RESENT, HISTORY_RETRANSMISSION);
    }
    if (ahead > 0) {
      integers[own + MISSED] = added(integers[own + MISSED], ahead);
      const begin = endOfKnown(own, ownEvents);
      const hole = sequence - begin;
      if (hole > 0) {
        if (integers[ownEvents + UNACKED_HOLES] === 0) integers[ownEvents + HOLE] = begin;
        integers[ownEvents + UNACKED_HOLES] = added(integers[ownEvents + UNACKED_HOLES], hole);
      }
    } else if (ahead < 0 && advance > 0 && !isKeepAlive) {
      const isLate = isOutOfOrder(base, direction, packet);
      if (isLate) {
        integers[ownEvents + OUT_OF_ORDER] = integers[ownEvents + OUT_OF_ORDER] + 1;
        fill(own, ownEvents, advance);
      } else {
        isRetransmission = true;
        integers[ownEvents + RETRANSMITTED] = integers[ownEvents + RETRANSMITTED] + 1;
        // What is sent again may be what was never seen.
        if (integers[own + MISSED] > 0) fill(own, ownEvents, advance);
      }
    }
  }

  const end = sequence + advance;
  if ((seen & SEEN_NEXT) === 0) {
    integers[ownEvents + START] = (flags & TCP_SYN) !== 0 ? sequence + 1 : sequence;
    integers[own + NEXT] = end;
    doubles[ownDoubles + STREAM_BYTES] = <f64>length;
  } else {
    let gained = end - integers[own + NEXT];
    if (gained > 0 && !isProbe) {
      // What was acknowledged before it was seen is counted already.
      if ((seen & SEEN_ACKED_UNSEEN) !== 0) {
        gained = max(0, end - endOfKnown(own, ownEvents));
      }
      integers[own + NEXT] = end;
      // A FIN takes a number of the sequence, but is no byte of the stream.
      doubles[ownDoubles + STREAM_BYTES] =
        doubles[ownDoubles + STREAM_BYTES] + <f64>(gained - ((flags & TCP_FIN) !== 0 ? 1 : 0));
    }
  }
  let marks = (seen | SEEN_NEXT) & ~SEEN_KEEP_ALIVE;
  if (isDuplicateAck) marks |= SEEN_DUPLICATE_ACK;
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
      noteEstablished(row, now);
    }
  }
  integers[own + WINDOW] = window;
  integers[own + SEEN] = marks;
  doubles[ownDoubles + SEEN_TIME] = now;
  return isRetransmission;
}

/** What the peer acknowledges and the capture does not have is lost to it; call it once the state has moved. */
export function trackAcknowledgement(base: i32, direction: i32, packet: Packet): void {
  const sender = 1 - direction;
  const from = base + INTEGERS_OF_DIRECTION + sender * DIRECTION_INTEGERS;
  const next = integers[from + NEXT];
  const missed = integers[from + MISSED];
  // 0 is what broken senders leave there.
  if (packet.acknowledgement === 0 || (missed === 0 && packet.acknowledgement - next <= 0)) return;
  const seen = integers[from + SEEN];
  const isLossTold =
    (seen & SEEN_NEXT) !== 0 &&
    (packet.flags & TCP_RST) === 0 &&
    isClean(from) &&
    isClean(base + INTEGERS_OF_DIRECTION + direction * DIRECTION_INTEGERS);
  if (!isLossTold) return;
  const events = base + EVENTS + sender * DIRECTION_EVENTS;
  const end = endOfKnown(from, events);
  const beyond = (seen & SEEN_FIN) === 0 ? max(0, packet.acknowledgement - end) : 0;
  const holes = integers[events + UNACKED_HOLES];
  const isHoleAcknowledged = holes > 0 && packet.acknowledgement - integers[events + HOLE] > 0;
  if (beyond > MAX_LEAP || (beyond === 0 && !isHoleAcknowledged)) return;
  if (isHoleAcknowledged) integers[events + UNACKED_HOLES] = 0;
  integers[events + LOST] = added(added(integers[events + LOST], beyond), isHoleAcknowledged ? holes : 0);
  if (beyond > 0) {
    integers[from + SEEN] = seen | SEEN_ACKED_UNSEEN;
    integers[events + ACKED] = packet.acknowledgement;
    const bytes = (base >> 1) + DOUBLES_OF_DIRECTION + sender * DIRECTION_DOUBLES + STREAM_BYTES;
    doubles[bytes] = doubles[bytes] + <f64>beyond;
  }
  noteMilestone(base, sender, GAPS, HISTORY_GAP);
}

/** A sum of what is not negative, at most what there is room for. */
function added(one: i32, other: i32): i32 {
  return <i32>min(<i64>one + <i64>other, <i64>MAX_INT32);
}

function fill(own: i32, events: i32, length: i32): void {
  integers[own + MISSED] = max(0, integers[own + MISSED] - length);
  integers[events + UNACKED_HOLES] = max(0, integers[events + UNACKED_HOLES] - length);
}

/** After the last byte of a direction that was seen or acknowledged. */
function endOfKnown(own: i32, events: i32): i32 {
  const next = integers[own + NEXT];
  if ((integers[own + SEEN] & SEEN_ACKED_UNSEEN) === 0) return next;
  const acked = integers[events + ACKED];
  return acked - next > 0 ? acked : next;
}

function noteMilestone(base: i32, direction: i32, field: i32, letter: i32): void {
  const at = base + EVENTS + direction * DIRECTION_EVENTS + field;
  const count = integers[at] + 1;
  integers[at] = count;
  if (isMilestone(count)) addHistory(base, direction, letter);
}

/** Handshake times are kept one above the clock, so that 0 can mean "not seen". */
const TIME_OFFSET: f64 = 1;

/** First SYN, and the SYN-ACK that answers it. */
function noteHandshake(row: i32, direction: i32, packet: Packet): void {
  const flags = packet.flags;
  const time = packet.time;
  if (direction === 0 && (flags & TCP_ACK) === 0) {
    if (doubles[row + SYN_TIME] === 0) doubles[row + SYN_TIME] = time + TIME_OFFSET;
  } else if (direction === 1 && (flags & TCP_ACK) !== 0) {
    if (doubles[row + SYN_ACK_TIME] === 0) doubles[row + SYN_ACK_TIME] = time + TIME_OFFSET;
  }
}

/** The originator's first acknowledgement; `row` counts in doubles. */
function noteEstablished(row: i32, now: f64): void {
  if (doubles[row + SYN_ACK_TIME] !== 0) doubles[row + ESTABLISHED_TIME] = now + TIME_OFFSET;
}

/** A segment behind the highest one: late for the first time, or sent again? */
function isOutOfOrder(base: i32, direction: i32, packet: Packet): bool {
  const now = packet.time;
  const row = base >> 1;
  const own = base + INTEGERS_OF_DIRECTION + direction * DIRECTION_INTEGERS;
  const peer = base + INTEGERS_OF_DIRECTION + (1 - direction) * DIRECTION_INTEGERS;
  const peerEvents = base + EVENTS + (1 - direction) * DIRECTION_EVENTS;
  const ownDoubles = row + DOUBLES_OF_DIRECTION + direction * DIRECTION_DOUBLES;
  const peerDoubles = row + DOUBLES_OF_DIRECTION + (1 - direction) * DIRECTION_DOUBLES;
  const isFastRetransmission =
    integers[peerEvents + DUPLICATE_ACK_RUN] >= 2 &&
    integers[peer + ACK] === packet.sequence &&
    now - doubles[peerDoubles + SEEN_TIME] < FAST_RETRANSMISSION_NANOSECONDS;
  if (isFastRetransmission || integers[own + MISSED] <= 0) return false;
  const syn = doubles[row + SYN_TIME];
  const established = doubles[row + ESTABLISHED_TIME];
  const bound = syn !== 0 && established !== 0 ? established - syn : OUT_OF_ORDER_NANOSECONDS;
  return now - doubles[ownDoubles + SEEN_TIME] < bound;
}
