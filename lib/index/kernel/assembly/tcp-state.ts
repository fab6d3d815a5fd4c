/** States of the two ends of a TCP connection and what they amount to, as Zeek defines both. */
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../../pcap/protocols';
import {
  CLOSED,
  DIRECTION_EVENTS,
  DIRECTION_INTEGERS,
  ESTABLISHED,
  EVENTS,
  HISTORY_ACK,
  HISTORY_DATA,
  HISTORY_FIN,
  HISTORY_FIN_RST,
  HISTORY_ODD_FLAGS,
  HISTORY_RST,
  HISTORY_SYN,
  HISTORY_SYN_ACK,
  INACTIVE,
  INTEGERS_OF_DIRECTION,
  LAST_FIN,
  LAST_SYN,
  PARTIAL,
  RESET,
  SEEN,
  SEEN_DATA,
  SEEN_FIN,
  SEEN_ODD_FLAGS,
  SEEN_PURE_ACK,
  SEEN_RST,
  SEEN_SYN,
  STATE,
  SYN_ACK_SENT,
  SYN_SENT,
} from '../../engine/row';
import { addHistory } from './history';
import { Packet } from './packet';
import { integers } from './rows';

/** STATE holds the state and, four bits further, the one before it. */
function setState(at: i32, state: i32): void {
  integers[at + STATE] = state | ((integers[at + STATE] & 15) << 4);
}

/** Moves the sender's state (and the receiver's, where the packet proves it) for one TCP packet. */
export function moveState(base: i32, direction: i32, packet: Packet): void {
  const own = base + INTEGERS_OF_DIRECTION + direction * DIRECTION_INTEGERS;
  const peer = base + INTEGERS_OF_DIRECTION + (1 - direction) * DIRECTION_INTEGERS;
  const flags = packet.flags;
  switch (integers[own + STATE] & 15) {
    case INACTIVE:
      leaveInactive(own, peer, direction, packet);
      break;
    case SYN_SENT:
    case SYN_ACK_SENT:
      if ((flags & TCP_FIN) !== 0) setState(own, CLOSED);
      if ((flags & TCP_RST) !== 0) setState(own, RESET);
      break;
    case PARTIAL:
    case ESTABLISHED: {
      const isLateSyn = (flags & (TCP_SYN | TCP_ACK)) === TCP_SYN;
      if (
        isLateSyn &&
        (integers[own + STATE] & 15) === PARTIAL &&
        (integers[peer + STATE] & 15) === INACTIVE
      ) {
        setState(own, SYN_SENT);
      }
      if ((flags & (TCP_FIN | TCP_RST)) === TCP_FIN) {
        setState(own, CLOSED);
        // The peer sent a FIN, then a RST: a normal end after all.
        if (integers[peer + STATE] === (RESET | (CLOSED << 4))) setState(peer, CLOSED);
      }
      if ((flags & TCP_RST) !== 0) setState(own, RESET);
      break;
    }
    case CLOSED:
      if ((flags & TCP_RST) !== 0 && (integers[peer + STATE] & 15) !== CLOSED) setState(own, RESET);
      break;
  }
}

function leaveInactive(own: i32, peer: i32, direction: i32, packet: Packet): void {
  const flags = packet.flags;
  const peerState = integers[peer + STATE] & 15;
  if ((flags & TCP_SYN) !== 0) {
    if (direction === 0) setState(own, (flags & TCP_ACK) !== 0 ? SYN_ACK_SENT : SYN_SENT);
    else {
      if (peerState === SYN_SENT) setState(peer, ESTABLISHED);
      setState(own, ESTABLISHED);
    }
  }
  if ((flags & TCP_FIN) !== 0) setState(own, CLOSED);
  if ((flags & TCP_RST) !== 0) setState(own, RESET);
  if ((integers[own + STATE] & 15) !== INACTIVE) return;
  // Some stacks acknowledge a SYN before they answer it: no sign of a connection that began earlier.
  if (direction === 1 && packet.payloadLength === 0 && peerState === SYN_SENT) return;
  const synWasMissed = (flags & TCP_ACK) !== 0 && peerState === ESTABLISHED;
  setState(own, synWasMissed ? ESTABLISHED : PARTIAL);
}

/** Letters are told once per direction, those of SYN, FIN and RST again when they come with another number. */
export function noteFlags(base: i32, direction: i32, packet: Packet): void {
  const own = base + INTEGERS_OF_DIRECTION + direction * DIRECTION_INTEGERS;
  const events = base + EVENTS + direction * DIRECTION_EVENTS;
  const flags = packet.flags & (TCP_SYN | TCP_FIN | TCP_RST);
  const seen = integers[own + SEEN];
  if (flags === 0) {
    if (packet.payloadLength > 0) {
      if ((seen & SEEN_DATA) === 0) {
        integers[own + SEEN] = seen | SEEN_DATA;
        addHistory(base, direction, HISTORY_DATA);
      }
    } else if ((seen & SEEN_PURE_ACK) === 0 && (packet.flags & TCP_ACK) !== 0) {
      integers[own + SEEN] = seen | SEEN_PURE_ACK;
      addHistory(base, direction, HISTORY_ACK);
    }
    return;
  }
  if (flags === TCP_SYN) {
    const isNew = (seen & SEEN_SYN) === 0 || integers[events + LAST_SYN] !== packet.sequence;
    const letter = (packet.flags & TCP_ACK) !== 0 ? HISTORY_SYN_ACK : HISTORY_SYN;
    if (isNew) addHistory(base, direction, letter);
    integers[own + SEEN] = seen | SEEN_SYN;
    integers[events + LAST_SYN] = packet.sequence;
  } else if (flags === TCP_FIN) {
    const end = packet.sequence + packet.payloadLength;
    const isNew = (seen & SEEN_FIN) === 0 || integers[events + LAST_FIN] !== end;
    if (isNew) addHistory(base, direction, HISTORY_FIN);
    integers[own + SEEN] = seen | SEEN_FIN;
    integers[events + LAST_FIN] = end;
  } else if (flags === TCP_RST) {
    if ((seen & SEEN_RST) === 0) addHistory(base, direction, HISTORY_RST);
    integers[own + SEEN] = seen | SEEN_RST;
  } else if ((seen & SEEN_ODD_FLAGS) === 0) {
    integers[own + SEEN] = seen | SEEN_ODD_FLAGS;
    const hasBoth = (flags & (TCP_FIN | TCP_RST)) === (TCP_FIN | TCP_RST);
    addHistory(base, direction, hasBoth ? HISTORY_FIN_RST : HISTORY_ODD_FLAGS);
  }
}

/** True when nothing more is expected: one end reset, both closed, or one did and nothing was heard of the other. */
export function isOver(base: i32): bool {
  const orig = integers[base + INTEGERS_OF_DIRECTION + STATE] & 15;
  const resp = integers[base + INTEGERS_OF_DIRECTION + DIRECTION_INTEGERS + STATE] & 15;
  if (orig === RESET || resp === RESET) return true;
  return (orig === CLOSED || orig === INACTIVE) && (resp === CLOSED || resp === INACTIVE);
}

/** True when each end sent a FIN or a RST: Zeek's duration ends here. */
export function haveBothClosed(base: i32): bool {
  const orig = integers[base + INTEGERS_OF_DIRECTION + STATE] & 15;
  const resp = integers[base + INTEGERS_OF_DIRECTION + DIRECTION_INTEGERS + STATE] & 15;
  return (orig === CLOSED || orig === RESET) && (resp === CLOSED || resp === RESET);
}

/** True for an end whose handshake was seen, and which did not reset: what it did not show was lost. */
export function isClean(at: i32): bool {
  const state = integers[at + STATE];
  return (state & 15) === ESTABLISHED || state === (CLOSED | (ESTABLISHED << 4));
}

export function isClosed(at: i32): bool {
  return (integers[at + STATE] & 15) === CLOSED;
}

export function isReset(at: i32): bool {
  return (integers[at + STATE] & 15) === RESET;
}
