import { type Packet, PROTOCOL_TCP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../../pcap/packet.ts';
import type { Direction } from '../analyser.ts';
import type { Applications } from './applications.ts';
import type { FlowTable } from './flow-table.ts';
import { TCP_IDLE } from './flows.ts';
import type { PacketRecords } from './packet-records.ts';
import * as row from './row.ts';
import { noteEstablished } from './tcp-sequence.ts';
import { areEstablished, noteFlags } from './tcp-state.ts';

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
 * `Flows.locate`, `Flows.count` and `Flows.transport` would do, in two steps and without a look at what cannot be; all
 * other packets take the usual way.
 */
export class FastLane {
  readonly #table: FlowTable;
  readonly #applications: Applications;

  constructor(table: FlowTable, applications: Applications) {
    this.#table = table;
    this.#applications = applications;
  }

  /**
   * The row of the flow, times two, plus the direction, of the packet whose first byte is at `start`; -1 when it has to be
   * looked at more closely. Its time, offset, bytes, caplen and origlen are in `packet`, and afterwards what a sighting is
   * told by and what {@link FastLane.advance} needs.
   */
  locate(packet: Packet, link: PlainLink, start: number): number {
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
    if (payload < transport + 20 || wireEnd < payload) return -1;

    const source = word(bytes, at + 12);
    const target = word(bytes, at + 16);
    const ports = word(bytes, transport);
    const located = this.#table.findTcpOverIpv4(source, target, ports);
    if (located === -1 || !this.#isCertain(located >> 1, packet.time)) return -1;
    packet.protocol = PROTOCOL_TCP;
    packet.hasTransport = true;
    packet.identification = (bytes[at + 4]! << 8) | bytes[at + 5]!;
    packet.ttl = bytes[at + 8]!;
    packet.ipLength = ipLength;
    packet.flags = flags;
    packet.sequence = word(bytes, transport + 4);
    packet.acknowledgement = word(bytes, transport + 8);
    packet.window = (bytes[transport + 14]! << 8) | bytes[transport + 15]!;
    packet.payload = payload;
    packet.payloadLength = wireEnd - payload;
    packet.end = Math.min(end, wireEnd);
    if (link.sll > 0) noteSide(packet, link, start);
    else packet.ifindex = packet.packetType = 0;
    return located;
  }

  /** Whether a packet between the ends of a flow is of that flow, whatever it says. */
  #isCertain(flow: number, now: number): boolean {
    const { integers, doubles } = this.#table;
    const marks = integers[flow * row.ROW_INTEGERS + row.MARKS]!;
    if ((marks & (row.MARK_ALIAS | row.MARK_OVER)) !== 0) return false;
    return now - doubles[flow * row.ROW_DOUBLES + row.LAST_TIME]! < TCP_IDLE;
  }

  /** Takes the packet that was located, and was not seen before, if it is the next one; else does nothing, and says so. */
  advance(packet: Packet, located: number, packets: PacketRecords, member: number): boolean {
    const { integers, doubles } = this.#table;
    const base = (located >> 1) * row.ROW_INTEGERS;
    const first = base >> 1;
    const direction = (located & 1) as Direction;
    const own = base + row.INTEGERS_OF_DIRECTION + direction * row.DIRECTION_INTEGERS;
    const peer = base + row.INTEGERS_OF_DIRECTION + (1 - direction) * row.DIRECTION_INTEGERS;
    if (!areEstablished(integers, own, peer)) return false;
    const seen = integers[own + row.SEEN]!;
    if ((seen & (row.SEEN_NEXT | row.SEEN_ACKED_UNSEEN)) !== row.SEEN_NEXT) return false;
    if ((integers[peer + row.SEEN]! & row.SEEN_NEXT) === 0 || integers[peer + row.MISSED] !== 0) return false;
    const { sequence, acknowledgement, window, payloadLength: length, time: now, ttl } = packet;
    if (sequence !== integers[own + row.NEXT] || window === 0) return false;
    if (length === 1 && integers[peer + row.WINDOW] === 0) return false;
    if (length === 0 && (seen & row.SEEN_ACK) !== 0) {
      if (((acknowledgement - integers[own + row.ACK]!) | 0) <= 0) return false;
    }
    if (((acknowledgement - integers[peer + row.NEXT]!) | 0) > 0) return false;
    if (now < doubles[first + row.LAST_TIME]!) return false;
    const ttls = integers[base + row.TTL]!;
    if (ttl < (ttls & 255) || ttl > ttls >> 8) return false;

    doubles[first + row.LAST_TIME] = now;
    doubles[first + row.LAST_OFFSET] = packet.offset;
    integers[base + row.PACKET_ROWS] = integers[base + row.PACKET_ROWS]! + 1;
    integers[own + row.PACKETS] = integers[own + row.PACKETS]! + 1;
    const sums = first + row.DOUBLES_OF_DIRECTION + direction * row.DIRECTION_DOUBLES;
    doubles[sums + row.IP_BYTES] = doubles[sums + row.IP_BYTES]! + packet.ipLength;
    doubles[sums + row.L2_BYTES] = doubles[sums + row.L2_BYTES]! + packet.origlen;
    doubles[sums + row.SEEN_TIME] = now;
    integers[own + row.FLAGS] = integers[own + row.FLAGS]! | packet.flags;
    const kind = length > 0 ? row.SEEN_DATA : row.SEEN_PURE_ACK;
    const usual = kind | row.SEEN_ACK | (direction === 0 ? row.SEEN_ESTABLISHED : 0);
    if ((seen & (usual | row.SEEN_KEEP_ALIVE | row.SEEN_DUPLICATE_ACK)) !== usual) {
      this.#mark(base, direction, own, packet);
    }
    integers[own + row.ACK] = acknowledgement;
    integers[own + row.WINDOW] = window;
    packets.add(integers, base, packet, member, direction, false);
    if (length > 0) this.#takePayload(packet, base, direction, own, sums);
    return true;
  }

  /** Notes what the direction shows for the first time, and what this segment ends. */
  #mark(base: number, direction: Direction, own: number, packet: Packet): void {
    const { integers, doubles } = this.#table;
    noteFlags(integers, base, direction, packet);
    let seen = (integers[own + row.SEEN]! | row.SEEN_ACK) & ~row.SEEN_KEEP_ALIVE;
    if ((seen & row.SEEN_DUPLICATE_ACK) !== 0 && packet.acknowledgement !== integers[own + row.ACK]) {
      seen &= ~row.SEEN_DUPLICATE_ACK;
      integers[base + row.EVENTS + direction * row.DIRECTION_EVENTS + row.DUPLICATE_ACK_RUN] = 0;
    }
    if (direction === 0 && (seen & row.SEEN_ESTABLISHED) === 0) {
      seen |= row.SEEN_ESTABLISHED;
      noteEstablished(doubles, base >> 1, packet.time);
    }
    integers[own + row.SEEN] = seen;
  }

  #takePayload(packet: Packet, base: number, direction: Direction, own: number, sums: number): void {
    const { integers, doubles } = this.#table;
    const { payload, payloadLength } = packet;
    doubles[sums + row.STREAM_BYTES] = doubles[sums + row.STREAM_BYTES]! + payloadLength;
    integers[own + row.NEXT] = (packet.sequence + payloadLength) | 0;
    const marks = integers[base + row.MARKS]!;
    if (payload + payloadLength > packet.end) integers[base + row.MARKS] = marks | row.MARK_TRUNCATED;
    if ((marks & (direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP)) === 0) {
      this.#applications.payload(base / row.ROW_INTEGERS, direction, packet);
    }
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
