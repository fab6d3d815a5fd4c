import { type Packet, PROTOCOL_TCP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../pcap/packet.ts';
import type { Direction } from '../analyser.ts';
import type { Applications } from './applications.ts';
import type { FlowTable } from './flow-table.ts';
import { TCP_IDLE } from './flows.ts';
import type { PacketRecords } from './packet-records.ts';
import * as row from './row.ts';
import { areEstablished } from './tcp-state.ts';

/** What a direction has shown before its next segment is nothing but the next segment. */
const SETTLED = row.SEEN_NEXT | row.SEEN_ACK;
const UNUSUAL = row.SEEN_KEEP_ALIVE | row.SEEN_DUPLICATE_ACK | row.SEEN_ACKED_UNSEEN;

/** A link layer whose header has one length. */
export interface PlainLink {
  headerLength: number;
  /** Where its EtherType is, -1 for none. */
  etherType: number;
  /** Linux's header, first or second version, tells on which interface a packet was seen. */
  sll: 0 | 1 | 2;
}

const LINKS = new Map<number, PlainLink>([
  [1, { headerLength: 14, etherType: 12, sll: 0 }],
  [101, { headerLength: 0, etherType: -1, sll: 0 }],
  [113, { headerLength: 16, etherType: 14, sll: 1 }],
  [228, { headerLength: 0, etherType: -1, sll: 0 }],
  [276, { headerLength: 20, etherType: 0, sll: 2 }],
]);

/** By LINKTYPE number; undefined where all packets have to take the usual way. */
export function plainLink(linkType: number): PlainLink | undefined {
  return LINKS.get(linkType);
}

/**
 * The shortest way for the most frequent packet: the next segment of an established TCP connection over IPv4 without
 * options, fragments, tags and tunnels, where nothing is missing and nothing was sent again. It does to a flow what
 * `Flows.count` and `Flows.transport` would do, in one step and without a look at what cannot be; all other packets
 * take the usual way.
 */
export class FastLane {
  readonly #table: FlowTable;
  readonly #applications: Applications;

  constructor(table: FlowTable, applications: Applications) {
    this.#table = table;
    this.#applications = applications;
  }

  /**
   * Takes the packet whose first byte is at `start`, if it can: then the row of its flow times two, plus the direction,
   * else -1. It is no further sighting of one that was counted, as that would not be the next segment. Its time, offset,
   * bytes, caplen and origlen are in `packet`, and afterwards what a sighting is told by.
   */
  take(packet: Packet, link: PlainLink, start: number, packets: PacketRecords, member: number): number {
    const bytes = packet.bytes;
    const at = start + link.headerLength;
    const end = start + packet.caplen;
    const transport = at + 20;
    if (end - transport < 20 || bytes[at] !== 0x45 || bytes[at + 9] !== PROTOCOL_TCP) return -1;
    const etherType = start + link.etherType;
    if (link.etherType >= 0 && (bytes[etherType] !== 0x08 || bytes[etherType + 1] !== 0x00)) return -1;
    if (((bytes[at + 6]! & 0x3f) | bytes[at + 7]!) !== 0) return -1;
    const flags = bytes[transport + 13]!;
    if ((flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) !== TCP_ACK) return -1;
    const ipLength = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const payload = transport + ((bytes[transport + 12]! >> 4) << 2);
    const wireEnd = at + ipLength;
    const length = wireEnd - payload;
    if (payload < transport + 20 || length < 0 || length === 1) return -1;

    const source = word(bytes, at + 12);
    const target = word(bytes, at + 16);
    const ports = word(bytes, transport);
    const table = this.#table;
    const located = table.findTcpOverIpv4(source, target, ports);
    if (located === -1) return -1;

    const { integers, doubles } = table;
    const base = (located >> 1) * row.ROW_INTEGERS;
    const direction = (located & 1) as Direction;
    const own = base + row.INTEGERS_OF_DIRECTION + direction * row.DIRECTION_INTEGERS;
    const peer = base + row.INTEGERS_OF_DIRECTION + (1 - direction) * row.DIRECTION_INTEGERS;
    const marks = integers[base + row.MARKS]!;
    if (!areEstablished(integers, own, peer)) return -1;
    const seen = integers[own + row.SEEN]!;
    const peerSeen = integers[peer + row.SEEN]!;
    const shown = length > 0 ? SETTLED | row.SEEN_DATA : SETTLED | row.SEEN_PURE_ACK;
    if ((seen & shown) !== shown || (peerSeen & SETTLED) !== SETTLED) return -1;
    if (((seen | peerSeen) & UNUSUAL) !== 0) return -1;
    if (direction === 0 && (seen & row.SEEN_ESTABLISHED) === 0) return -1;
    const sequence = word(bytes, transport + 4);
    if (sequence !== integers[own + row.NEXT] || integers[peer + row.MISSED]! !== 0) return -1;
    const acknowledgement = word(bytes, transport + 8);
    const window = (bytes[transport + 14]! << 8) | bytes[transport + 15]!;
    if (window === 0 || (length === 0 && ((acknowledgement - integers[own + row.ACK]!) | 0) <= 0)) return -1;
    if (((acknowledgement - integers[peer + row.NEXT]!) | 0) > 0) return -1;
    const first = base >> 1;
    const now = packet.time;
    const last = doubles[first + row.LAST_TIME]!;
    if (now < last || now - last >= TCP_IDLE) return -1;
    const ttl = bytes[at + 8]!;
    const ttls = integers[base + row.TTL]!;
    if (ttl < (ttls & 255) || ttl > ttls >> 8) return -1;

    doubles[first + row.LAST_TIME] = now;
    doubles[first + row.LAST_OFFSET] = packet.offset;
    integers[base + row.PACKET_ROWS] = integers[base + row.PACKET_ROWS]! + 1;
    integers[own + row.PACKETS] = integers[own + row.PACKETS]! + 1;
    const sums = first + row.DOUBLES_OF_DIRECTION + direction * row.DIRECTION_DOUBLES;
    doubles[sums + row.IP_BYTES] = doubles[sums + row.IP_BYTES]! + ipLength;
    doubles[sums + row.L2_BYTES] = doubles[sums + row.L2_BYTES]! + packet.origlen;
    doubles[sums + row.SEEN_TIME] = now;
    integers[own + row.FLAGS] = integers[own + row.FLAGS]! | flags;
    integers[own + row.ACK] = acknowledgement;
    integers[own + row.WINDOW] = window;
    packets.add(integers, base, packet, member, direction, false);
    packet.protocol = PROTOCOL_TCP;
    packet.hasTransport = true;
    packet.flags = flags;
    packet.sequence = sequence;
    packet.acknowledgement = acknowledgement;
    packet.window = window;
    packet.payload = payload;
    packet.payloadLength = length;
    packet.identification = (bytes[at + 4]! << 8) | bytes[at + 5]!;
    if (link.sll > 0) noteSide(packet, link, start);
    if (length === 0) return located;
    doubles[sums + row.STREAM_BYTES] = doubles[sums + row.STREAM_BYTES]! + length;
    integers[own + row.NEXT] = (sequence + length) | 0;
    if (wireEnd > end) integers[base + row.MARKS] = marks | row.MARK_TRUNCATED;
    if ((marks & (direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP)) === 0) {
      packet.end = Math.min(end, wireEnd);
      this.#applications.payload(located >> 1, direction, packet);
    }
    return located;
  }
}

/** On which interface and in which direction the host saw the packet, as decoders of the link layer tell it. */
function noteSide(packet: Packet, link: PlainLink, start: number): void {
  const { bytes } = packet;
  packet.ifindex = link.sll === 2 ? word(bytes, start + 4) : -1;
  packet.packetType = link.sll === 2 ? bytes[start + 10]! : (bytes[start]! << 8) | bytes[start + 1]!;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
