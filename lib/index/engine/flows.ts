import {
  type Packet,
  PROTOCOL_ICMP,
  PROTOCOL_ICMP6,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
} from '../../pcap/packet.ts';
import type { Direction } from '../analyser.ts';
import type { Applications } from './applications.ts';
import type { FlowRecords } from './flow-records.ts';
import type { FlowTable } from './flow-table.ts';
import { addHistory, beganFlipped, HISTORY_DATA, HISTORY_FLIPPED } from './history.ts';
import { isFromServer } from './likely-servers.ts';
import * as row from './row.ts';
import { continues, trackAcknowledgement, trackSequence } from './tcp-sequence.ts';
import { hasOneClosed, haveBothClosed, isEstablished, isOver, moveState, noteFlags } from './tcp-state.ts';
import { Translations } from './translations.ts';
import type { Tunnels } from './tunnels.ts';

const SECOND = 1e9;
/** Zeek's inactivity timeouts; what has ended lingers for late packets. */
export const TCP_IDLE = 300 * SECOND;
const TCP_OVER = 5 * SECOND;
const OTHER_IDLE = 60 * SECOND;
/** What is established may be silent for as long as address translation has to keep it (RFC 5382, REQ-5). */
const TCP_ESTABLISHED_IDLE = 7440 * SECOND;
const SWEEP_INTERVAL = 5 * SECOND;

/** Assigns packets to flows and keeps the flows' rows; flows that ended or went idle become records. */
export class Flows {
  /** Flows so far; the next one's number. */
  total = 0;
  retransmissions = 0;
  readonly #table: FlowTable;
  readonly #applications: Applications;
  readonly #records: FlowRecords;
  readonly #take: () => void;
  readonly #tunnels: Tunnels;
  #translations: Translations | undefined;
  #nextSweep = Number.NaN;
  #packetsAtSweep = 0;

  /** `take` is called when `records` are full, and at the end; it leaves them empty. */
  constructor(
    table: FlowTable,
    applications: Applications,
    records: FlowRecords,
    take: () => void,
    tunnels: Tunnels,
  ) {
    this.#table = table;
    this.#applications = applications;
    this.#records = records;
    this.#take = take;
    this.#tunnels = tunnels;
  }

  /** The row of the packet's flow, which is begun if need be, times two, plus the direction. */
  locate(packet: Packet): number {
    const now = packet.time;
    const table = this.#table;
    const found = table.find(packet);
    if (found !== -1) {
      const current = this.#follow(found);
      if (!this.#isStale(current >> 1, current & 1, packet)) return current;
      this.#close(current >> 1);
    }
    const target = this.#translations?.find(packet) ?? -1;
    const isAnswer =
      target === -1 ? isFromServer(packet) : beganFlipped(table.integers, target * row.ROW_INTEGERS);
    const flow = table.add(isAnswer);
    const isIdentified = packet.identification !== 0;
    if (target !== -1 && this.#translations!.join(flow, target, isIdentified)) {
      return target * 2 + (isAnswer ? 1 : 0);
    }
    const base = flow * row.ROW_INTEGERS;
    table.integers[base + row.ORDINAL] = this.total++;
    table.integers[base + row.TTL] = packet.ttl | (packet.ttl << 8);
    table.integers[base + row.VLAN] = packet.vlan + 1;
    table.integers[base + row.INNER_VLAN] = packet.innerVlan + 1;
    const doubles = flow * row.ROW_DOUBLES;
    table.doubles[doubles + row.FIRST_TIME] = now;
    table.doubles[doubles + row.LAST_TIME] = now;
    table.doubles[doubles + row.FIRST_OFFSET] = packet.offset;
    if (isAnswer) addHistory(table.integers, base, 0, HISTORY_FLIPPED);
    this.#translations?.note(flow, packet);
    return flow * 2 + (isAnswer ? 1 : 0);
  }

  /** Counts a packet that is no duplicate. */
  count(located: number, packet: Packet): void {
    const now = packet.time;
    const { integers, doubles } = this.#table;
    const flow = located >> 1;
    const direction = (located & 1) as Direction;
    const base = flow * row.ROW_INTEGERS;
    const first = flow * row.ROW_DOUBLES;
    const own = base + row.INTEGERS_OF_DIRECTION + direction * row.DIRECTION_INTEGERS;
    const ownDoubles = first + row.DOUBLES_OF_DIRECTION + direction * row.DIRECTION_DOUBLES;
    integers[own + row.PACKETS] = integers[own + row.PACKETS]! + 1;
    doubles[ownDoubles + row.IP_BYTES] = doubles[ownDoubles + row.IP_BYTES]! + packet.ipLength;
    doubles[ownDoubles + row.L2_BYTES] = doubles[ownDoubles + row.L2_BYTES]! + packet.origlen;
    if (hasKnownPayload(packet.protocol)) {
      doubles[ownDoubles + row.STREAM_BYTES] = doubles[ownDoubles + row.STREAM_BYTES]! + packet.payloadLength;
    }
    if (now >= doubles[first + row.LAST_TIME]!) doubles[first + row.LAST_TIME] = now;
    else if (now < doubles[first + row.FIRST_TIME]!) doubles[first + row.FIRST_TIME] = now;
    if (packet.tunnelDepth > 0 && integers[base + row.TUNNEL] === 0) {
      integers[base + row.TUNNEL] = this.#tunnels.numberOf(packet);
    }
    const ttl = integers[base + row.TTL]!;
    if (packet.ttl < (ttl & 255)) integers[base + row.TTL] = (ttl & 0xff00) | packet.ttl;
    else if (packet.ttl > ttl >> 8) integers[base + row.TTL] = (ttl & 255) | (packet.ttl << 8);
  }

  /** Counts a further fragment of the datagram around a packet that is counted: no packet, but bytes on the wire. */
  countRest(located: number, packet: Packet): void {
    const { doubles } = this.#table;
    const first = (located >> 1) * row.ROW_DOUBLES;
    const bytes = first + row.DOUBLES_OF_DIRECTION + (located & 1) * row.DIRECTION_DOUBLES + row.L2_BYTES;
    doubles[bytes] = doubles[bytes]! + packet.origlen;
    if (packet.time > doubles[first + row.LAST_TIME]!) doubles[first + row.LAST_TIME] = packet.time;
  }

  /** Follows what the transport header of a packet, or of a reassembled datagram, does to its flow. */
  transport(located: number, packet: Packet): void {
    if (!packet.hasTransport) return;
    const { integers, doubles } = this.#table;
    const flow = located >> 1;
    const direction = (located & 1) as Direction;
    const base = flow * row.ROW_INTEGERS;
    const own = base + row.INTEGERS_OF_DIRECTION + direction * row.DIRECTION_INTEGERS;
    const hasPayload = packet.payloadLength > 0;
    if (packet.payload + packet.payloadLength > packet.end && hasPayload) {
      integers[base + row.MARKS] = integers[base + row.MARKS]! | row.MARK_TRUNCATED;
    }
    if (packet.protocol === PROTOCOL_TCP) {
      noteFlags(integers, base, direction, packet);
      if (trackSequence(integers, doubles, base, direction, packet)) this.retransmissions++;
      moveState(integers, base, direction, packet);
      if ((packet.flags & TCP_ACK) !== 0) trackAcknowledgement(integers, doubles, base, direction, packet);
      if ((packet.flags & (TCP_FIN | TCP_RST)) !== 0) this.#noteEnd(flow, packet.time);
      if (hasPayload && (packet.flags & TCP_RST) === 0) {
        this.#applications.payload(flow, direction, packet);
      }
    } else if (packet.protocol !== PROTOCOL_ICMP && packet.protocol !== PROTOCOL_ICMP6) {
      if (packet.protocol === PROTOCOL_UDP) this.#noteDatagram(base, own, direction);
      if (hasPayload) this.#applications.payload(flow, direction, packet);
    }
  }

  /**
   * Lets idle flows go: a look at each live flow, at most once in five seconds of the capture, and not before
   * there were a quarter as many `packets` (which is their number so far).
   */
  sweep(now: number, packets: number): void {
    const isEarly = now < this.#nextSweep && now > this.#nextSweep - 4 * SWEEP_INTERVAL;
    if (isEarly || packets - this.#packetsAtSweep < this.#table.top >> 2) return;
    this.#nextSweep = now + SWEEP_INTERVAL;
    this.#packetsAtSweep = packets;
    for (let flow = 0; flow < this.#table.top; flow++) {
      if (this.#isOwn(flow) && this.#isIdle(flow, now)) this.#close(flow);
    }
  }

  finish(): void {
    for (let flow = 0; flow < this.#table.top; flow++) {
      if (this.#isOwn(flow)) this.#close(flow);
    }
    if (this.#records.count > 0) this.#take();
  }

  /** From now on the capture shows several interfaces: one flow may appear with several pairs of ends. */
  expectTranslations(): void {
    this.#translations ??= new Translations(this.#table);
  }

  /** An alias leads to the flow that it is another name of. */
  #follow(located: number): number {
    const { integers } = this.#table;
    const base = (located >> 1) * row.ROW_INTEGERS;
    if ((integers[base + row.MARKS]! & row.MARK_ALIAS) === 0) return located;
    return integers[base + row.ORDINAL]! * 2 + (located & 1);
  }

  #isOwn(flow: number): boolean {
    const marks = this.#table.integers[flow * row.ROW_INTEGERS + row.MARKS]!;
    return (marks & (row.MARK_LIVE | row.MARK_ALIAS)) === row.MARK_LIVE;
  }

  #isIdle(flow: number, now: number): boolean {
    const { integers, doubles } = this.#table;
    const base = flow * row.ROW_INTEGERS;
    const silence = now - doubles[flow * row.ROW_DOUBLES + row.LAST_TIME]!;
    if ((integers[base + row.KIND]! & 255) !== PROTOCOL_TCP) return silence >= OTHER_IDLE;
    if ((integers[base + row.MARKS]! & row.MARK_OVER) !== 0) {
      return silence >= TCP_OVER && silence >= this.#patience(flow);
    }
    return silence >= TCP_IDLE && (silence >= TCP_ESTABLISHED_IDLE || !isEstablished(integers, base));
  }

  /** What is sent again after the end comes at intervals that double (RFC 6298): as long as all of them so far. */
  #patience(flow: number): number {
    const { doubles } = this.#table;
    const first = flow * row.ROW_DOUBLES;
    const late = doubles[first + row.LAST_TIME]! - doubles[first + row.OVER_TIME]!;
    return Math.min(2 * late, TCP_IDLE);
  }

  /** True when the segment, after a long silence, is of another connection, whose beginning was not captured. */
  #isForeign(flow: number, direction: number, packet: Packet): boolean {
    const { integers, doubles } = this.#table;
    const silence = packet.time - doubles[flow * row.ROW_DOUBLES + row.LAST_TIME]!;
    return silence >= TCP_IDLE && !continues(integers, flow * row.ROW_INTEGERS, direction, packet);
  }

  /** True when the packet belongs to another flow between the same ports. */
  #isStale(flow: number, direction: number, packet: Packet): boolean {
    if (this.#isIdle(flow, packet.time)) return true;
    if (packet.protocol !== PROTOCOL_TCP || !packet.hasTransport) return false;
    if ((packet.flags & (TCP_SYN | TCP_ACK | TCP_RST)) !== TCP_SYN) {
      return this.#isForeign(flow, direction, packet);
    }
    const { integers } = this.#table;
    const base = flow * row.ROW_INTEGERS;
    const own = base + row.INTEGERS_OF_DIRECTION + direction * row.DIRECTION_INTEGERS;
    const seen = integers[own + row.SEEN]!;
    if (hasOneClosed(integers, base)) return true;
    if ((seen & row.SEEN_SYN) !== 0) {
      return (
        integers[base + row.EVENTS + direction * row.DIRECTION_EVENTS + row.LAST_SYN] !== packet.sequence
      );
    }
    return (seen & row.SEEN_NEXT) !== 0;
  }

  /** After a FIN or RST: is the connection over, and did it end? */
  #noteEnd(flow: number, now: number): void {
    const { integers, doubles } = this.#table;
    const base = flow * row.ROW_INTEGERS;
    const marks = integers[base + row.MARKS]!;
    if ((marks & row.MARK_OVER) === 0 && isOver(integers, base)) {
      integers[base + row.MARKS] = integers[base + row.MARKS]! | row.MARK_OVER;
      doubles[flow * row.ROW_DOUBLES + row.OVER_TIME] = now;
    }
    if ((marks & row.MARK_ENDED) === 0 && haveBothClosed(integers, base)) {
      integers[base + row.MARKS] = integers[base + row.MARKS]! | row.MARK_ENDED;
      doubles[flow * row.ROW_DOUBLES + row.END_TIME] = now;
    }
  }

  #noteDatagram(base: number, own: number, direction: Direction): void {
    const { integers } = this.#table;
    const seen = integers[own + row.SEEN]!;
    if ((seen & row.SEEN_DATA) !== 0) return;
    integers[own + row.SEEN] = seen | row.SEEN_DATA;
    addHistory(integers, base, direction, HISTORY_DATA);
  }

  #close(flow: number): void {
    const { integers, doubles } = this.#table;
    const base = flow * row.ROW_INTEGERS;
    this.#applications.end(flow, doubles[flow * row.ROW_DOUBLES + row.LAST_TIME]!);
    this.#records.add(integers, base, this.#translations?.release(flow) ?? -1);
    this.#table.remove(flow);
    if (this.#records.isFull) this.#take();
  }
}

/** Of other protocols it is not known where their header ends and the payload begins. */
function hasKnownPayload(protocol: number): boolean {
  return (
    protocol === PROTOCOL_UDP ||
    protocol === PROTOCOL_ICMP ||
    protocol === PROTOCOL_ICMP6 ||
    protocol === PROTOCOL_SCTP
  );
}
