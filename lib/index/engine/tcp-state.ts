/** What the states of the two ends of a TCP connection amount to, as Zeek defines them. */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../pcap/protocols.ts';
import { renderHistory } from './history.ts';
import {
  CLOSED,
  DIRECTION_INTEGERS,
  ESTABLISHED,
  INACTIVE,
  INTEGERS_OF_DIRECTION,
  PACKETS,
  PARTIAL,
  RESET,
  STATE,
  SYN_ACK_SENT,
  SYN_SENT,
} from './row.ts';

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
