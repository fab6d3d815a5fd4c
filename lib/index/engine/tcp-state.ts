/** States of the two ends of a TCP connection and what they amount to, as Zeek defines both. */
import {
  type Packet,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
} from '../../pcap/packet.ts';
import {
  addHistory,
  HISTORY_ACK,
  HISTORY_DATA,
  HISTORY_FIN,
  HISTORY_FIN_RST,
  HISTORY_ODD_FLAGS,
  HISTORY_RST,
  HISTORY_SYN,
  HISTORY_SYN_ACK,
  renderHistory,
} from './history.ts';
import {
  DIRECTION_EVENTS,
  DIRECTION_INTEGERS,
  EVENTS,
  INTEGERS_OF_DIRECTION,
  LAST_FIN,
  LAST_SYN,
  PACKETS,
  SEEN,
  SEEN_DATA,
  SEEN_FIN,
  SEEN_ODD_FLAGS,
  SEEN_PURE_ACK,
  SEEN_RST,
  SEEN_SYN,
  STATE,
} from './row.ts';

const INACTIVE = 0;
const SYN_SENT = 1;
const SYN_ACK_SENT = 2;
const PARTIAL = 3;
const ESTABLISHED = 4;
const CLOSED = 5;
const RESET = 6;

/** STATE holds the state and, four bits further, the one before it. */
function setState(integers: Int32Array, at: number, state: number): void {
  integers[at + STATE] = state | ((integers[at + STATE]! & 15) << 4);
}

/** Moves the sender's state (and the receiver's, where the packet proves it) for one TCP packet. */
export function moveState(integers: Int32Array, base: number, direction: number, packet: Packet): void {
  const own = base + INTEGERS_OF_DIRECTION + direction * DIRECTION_INTEGERS;
  const peer = base + INTEGERS_OF_DIRECTION + (1 - direction) * DIRECTION_INTEGERS;
  const flags = packet.flags;
  switch (integers[own + STATE]! & 15) {
    case INACTIVE:
      leaveInactive(integers, own, peer, direction, packet);
      break;
    case SYN_SENT:
    case SYN_ACK_SENT:
      if ((flags & TCP_FIN) !== 0) setState(integers, own, CLOSED);
      if ((flags & TCP_RST) !== 0) setState(integers, own, RESET);
      break;
    case PARTIAL:
    case ESTABLISHED: {
      const isLateSyn = (flags & (TCP_SYN | TCP_ACK)) === TCP_SYN;
      if (
        isLateSyn &&
        (integers[own + STATE]! & 15) === PARTIAL &&
        (integers[peer + STATE]! & 15) === INACTIVE
      ) {
        setState(integers, own, SYN_SENT);
      }
      if ((flags & (TCP_FIN | TCP_RST)) === TCP_FIN) {
        setState(integers, own, CLOSED);
        // The peer sent a FIN, then a RST: a normal end after all.
        if (integers[peer + STATE] === (RESET | (CLOSED << 4))) setState(integers, peer, CLOSED);
      }
      if ((flags & TCP_RST) !== 0) setState(integers, own, RESET);
      break;
    }
    case CLOSED:
      if ((flags & TCP_RST) !== 0 && (integers[peer + STATE]! & 15) !== CLOSED)
        setState(integers, own, RESET);
      break;
  }
}

function leaveInactive(
  integers: Int32Array,
  own: number,
  peer: number,
  direction: number,
  packet: Packet,
): void {
  const flags = packet.flags;
  const peerState = integers[peer + STATE]! & 15;
  if ((flags & TCP_SYN) !== 0) {
    if (direction === 0) setState(integers, own, (flags & TCP_ACK) !== 0 ? SYN_ACK_SENT : SYN_SENT);
    else {
      if (peerState === SYN_SENT) setState(integers, peer, ESTABLISHED);
      setState(integers, own, ESTABLISHED);
    }
  }
  if ((flags & TCP_FIN) !== 0) setState(integers, own, CLOSED);
  if ((flags & TCP_RST) !== 0) setState(integers, own, RESET);
  if ((integers[own + STATE]! & 15) !== INACTIVE) return;
  // Some stacks acknowledge a SYN before they answer it: no sign of a connection that began earlier.
  if (direction === 1 && packet.payloadLength === 0 && peerState === SYN_SENT) return;
  const synWasMissed = (flags & TCP_ACK) !== 0 && peerState === ESTABLISHED;
  setState(integers, own, synWasMissed ? ESTABLISHED : PARTIAL);
}

/** Letters are told once per direction, those of SYN, FIN and RST again when they come with another number. */
export function noteFlags(integers: Int32Array, base: number, direction: number, packet: Packet): void {
  const own = base + INTEGERS_OF_DIRECTION + direction * DIRECTION_INTEGERS;
  const events = base + EVENTS + direction * DIRECTION_EVENTS;
  const flags = packet.flags & (TCP_SYN | TCP_FIN | TCP_RST);
  const seen = integers[own + SEEN]!;
  if (flags === 0) {
    if (packet.payloadLength > 0) {
      if ((seen & SEEN_DATA) === 0) {
        integers[own + SEEN] = seen | SEEN_DATA;
        addHistory(integers, base, direction, HISTORY_DATA);
      }
    } else if ((seen & SEEN_PURE_ACK) === 0 && (packet.flags & TCP_ACK) !== 0) {
      integers[own + SEEN] = seen | SEEN_PURE_ACK;
      addHistory(integers, base, direction, HISTORY_ACK);
    }
    return;
  }
  if (flags === TCP_SYN) {
    const isNew = (seen & SEEN_SYN) === 0 || integers[events + LAST_SYN] !== packet.sequence;
    const letter = (packet.flags & TCP_ACK) !== 0 ? HISTORY_SYN_ACK : HISTORY_SYN;
    if (isNew) addHistory(integers, base, direction, letter);
    integers[own + SEEN] = seen | SEEN_SYN;
    integers[events + LAST_SYN] = packet.sequence;
  } else if (flags === TCP_FIN) {
    const end = (packet.sequence + packet.payloadLength) | 0;
    const isNew = (seen & SEEN_FIN) === 0 || integers[events + LAST_FIN] !== end;
    if (isNew) addHistory(integers, base, direction, HISTORY_FIN);
    integers[own + SEEN] = seen | SEEN_FIN;
    integers[events + LAST_FIN] = end;
  } else if (flags === TCP_RST) {
    if ((seen & SEEN_RST) === 0) addHistory(integers, base, direction, HISTORY_RST);
    integers[own + SEEN] = seen | SEEN_RST;
  } else if ((seen & SEEN_ODD_FLAGS) === 0) {
    integers[own + SEEN] = seen | SEEN_ODD_FLAGS;
    const hasBoth = (flags & (TCP_FIN | TCP_RST)) === (TCP_FIN | TCP_RST);
    addHistory(integers, base, direction, hasBoth ? HISTORY_FIN_RST : HISTORY_ODD_FLAGS);
  }
}

/** True when nothing more is expected: one end reset, both closed, or one did and nothing was heard of the other. */
export function isOver(integers: Int32Array, base: number): boolean {
  const orig = integers[base + INTEGERS_OF_DIRECTION + STATE]! & 15;
  const resp = integers[base + INTEGERS_OF_DIRECTION + DIRECTION_INTEGERS + STATE]! & 15;
  if (orig === RESET || resp === RESET) return true;
  return (orig === CLOSED || orig === INACTIVE) && (resp === CLOSED || resp === INACTIVE);
}

/** True when each end sent a FIN or a RST: Zeek's duration ends here. */
export function haveBothClosed(integers: Int32Array, base: number): boolean {
  const orig = integers[base + INTEGERS_OF_DIRECTION + STATE]! & 15;
  const resp = integers[base + INTEGERS_OF_DIRECTION + DIRECTION_INTEGERS + STATE]! & 15;
  return (orig === CLOSED || orig === RESET) && (resp === CLOSED || resp === RESET);
}

/** True when at least one end sent a FIN or a RST: a SYN after that begins another connection. */
export function hasOneClosed(integers: Int32Array, base: number): boolean {
  const orig = integers[base + INTEGERS_OF_DIRECTION + STATE]! & 15;
  const resp = integers[base + INTEGERS_OF_DIRECTION + DIRECTION_INTEGERS + STATE]! & 15;
  return orig >= CLOSED || resp >= CLOSED;
}

/** True when both ends were heard of and neither closed, whether or not the handshake was captured. */
export function isEstablished(integers: Int32Array, base: number): boolean {
  const orig = integers[base + INTEGERS_OF_DIRECTION + STATE]! & 15;
  const resp = integers[base + INTEGERS_OF_DIRECTION + DIRECTION_INTEGERS + STATE]! & 15;
  return (orig === PARTIAL || orig === ESTABLISHED) && (resp === PARTIAL || resp === ESTABLISHED);
}

/** True for an end whose handshake was seen, and which did not reset: what it did not show was lost. */
export function isClean(integers: Int32Array, at: number): boolean {
  const state = integers[at + STATE]!;
  return (state & 15) === ESTABLISHED || state === (CLOSED | (ESTABLISHED << 4));
}

export function areEstablished(integers: Int32Array, one: number, other: number): boolean {
  return (integers[one + STATE]! & 15) === ESTABLISHED && (integers[other + STATE]! & 15) === ESTABLISHED;
}

export function isClosed(integers: Int32Array, at: number): boolean {
  return (integers[at + STATE]! & 15) === CLOSED;
}

export function isReset(integers: Int32Array, at: number): boolean {
  return (integers[at + STATE]! & 15) === RESET;
}

export const CONN_STATES = [
  ...['S0', 'S1', 'SF', 'REJ', 'S2', 'S3', 'RSTO', 'RSTR'],
  ...['RSTOS0', 'RSTRH', 'SH', 'SHR', 'OTH'],
];

/** A SYN, then a RST, and nothing of the responder (Zeek's scripts/base/protocols/conn/main.zeek). */
const SYN_TAKEN_BACK = /^\^?S[^HAFGIQ]*R/;

/** `conn_state` as Zeek's base/protocols/conn decides it; an index into CONN_STATES. */
export function connState(integers: Int32Array, base: number, protocol: number, bytes: number): number {
  return CONN_STATES.indexOf(nameState(integers, base, protocol, bytes));
}

function nameState(integers: Int32Array, base: number, protocol: number, bytes: number): string {
  const orig = base + INTEGERS_OF_DIRECTION;
  const resp = orig + DIRECTION_INTEGERS;
  if (protocol === PROTOCOL_UDP) {
    if (integers[orig + PACKETS]! > 0) return integers[resp + PACKETS]! > 0 ? 'SF' : 'S0';
    return integers[resp + PACKETS]! > 0 ? 'SHR' : 'OTH';
  }
  if (protocol !== PROTOCOL_TCP) return 'OTH';
  const own = integers[orig + STATE]! & 15;
  const peer = integers[resp + STATE]! & 15;
  const origIsSilent = own === INACTIVE || own === PARTIAL;
  const respIsSilent = peer === INACTIVE || peer === PARTIAL;
  if (peer === RESET) {
    if (own === SYN_SENT || own === SYN_ACK_SENT || (own === RESET && bytes === 0)) return 'REJ';
    return origIsSilent ? 'RSTRH' : 'RSTR';
  }
  if (own === RESET) {
    if (!respIsSilent) return 'RSTO';
    return SYN_TAKEN_BACK.test(renderHistory(integers, base)) ? 'RSTOS0' : 'OTH';
  }
  if (peer === CLOSED && own === CLOSED) return 'SF';
  if (own === CLOSED) return respIsSilent ? 'SH' : 'S2';
  if (peer === CLOSED) return origIsSilent ? 'SHR' : 'S3';
  if (own === SYN_SENT && peer === INACTIVE) return 'S0';
  if (own === ESTABLISHED && peer === ESTABLISHED) return 'S1';
  return 'OTH';
}
