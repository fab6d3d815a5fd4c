/** Where flows begin. */
import { PROTOCOL_TCP, PROTOCOL_UDP, TCP_ACK, TCP_RST, TCP_SYN } from '../../../pcap/protocols';
import * as row from '../../engine/row';
import { FLOWS, SERVERS_AT, STATE_AT, TCP_SERVER, UDP_SERVER } from '../layout';
import { addHistory } from './history';
import { packet } from './packet';
import { doubles, integers } from './rows';
import { add } from './table';

/**
 * True when the sender of the first packet of a flow is its server, by Zeek's rules: it answers a SYN, or the
 * capture began in the middle of the flow and the ports leave no doubt.
 */
export function isFromServer(): bool {
  if (packet.hasTransport === 0) return false;
  const source = <u32>packet.ports >> 16;
  const destination = <u32>packet.ports & 0xffff;
  if (packet.protocol === PROTOCOL_TCP) {
    if ((packet.flags & TCP_SYN) !== 0) return (packet.flags & (TCP_ACK | TCP_RST)) === TCP_ACK;
    if (!isServer(source, TCP_SERVER)) return false;
    return !isServer(destination, TCP_SERVER) || source < destination;
  }
  if (packet.protocol !== PROTOCOL_UDP || packet.isBroadcast !== 0) return false;
  return isServer(source, UDP_SERVER) && !isServer(destination, UDP_SERVER);
}

function isServer(port: u32, protocol: i32): bool {
  return (<i32>load<u8>(port, SERVERS_AT) & protocol) !== 0;
}

/** Begins the packet's flow; returns its row times two, plus the direction, or -1 when there is no more room. */
export function open(): i32 {
  const isAnswer = isFromServer();
  const flow = add(isAnswer);
  if (flow === -1) return -1;
  begin(flow, isAnswer);
  return flow * 2 + i32(isAnswer);
}

/** Notes in a new row what its first packet tells. */
export function begin(flow: i32, isAnswer: bool): void {
  const base = flow * row.ROW_INTEGERS;
  const first = base >> 1;
  const ordinal = load<i32>(STATE_AT, FLOWS << 2);
  store<i32>(STATE_AT, ordinal + 1, FLOWS << 2);
  integers[base + row.ORDINAL] = ordinal;
  integers[base + row.TTL] = packet.ttl | (packet.ttl << 8);
  doubles[first + row.FIRST_TIME] = packet.time;
  doubles[first + row.LAST_TIME] = packet.time;
  doubles[first + row.FIRST_OFFSET] = packet.offset;
  // Zeek tells first that what began the flow came from its responder.
  if (isAnswer) addHistory(base, 0, row.HISTORY_FLIPPED);
}
