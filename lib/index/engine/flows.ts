import type { Packet } from '../../pcap/packet.ts';
import {
  PROTOCOL_ICMP,
  PROTOCOL_ICMP6,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_ACK,
  TCP_RST,
  TCP_SYN,
} from '../../pcap/protocols.ts';
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';
import type { FlowRecords } from './flow-records.ts';
import type { FlowTable } from './flow-table.ts';
import { beganFlipped } from './history.ts';
import type { Payloads } from './payloads.ts';
import * as row from './row.ts';
import { hasOneClosed } from './tcp-state.ts';
import { Translations } from './translations.ts';
import type { Tunnels } from './tunnels.ts';

const SECOND = 1e9;
const USUAL_WINDOW = 2 ** 20;
const SWEEP_INTERVAL = 5 * SECOND;

/** What flows are made with, and of. */
export interface FlowsParts {
  kernel: Kernel;
  table: FlowTable;
  payloads: Payloads;
  records: FlowRecords;
  /** Called when `records` are full, and at the end; it leaves them empty. */
  take: () => void;
  tunnels: Tunnels;
  /** Told why the index is not what it would be. */
  breakOff: (reason: string) => void;
}

/** Assigns packets to flows and keeps the flows' rows; flows that ended or went idle become records. */
export class Flows {
  readonly #kernel: Kernel;
  readonly #table: FlowTable;
  readonly #payloads: Payloads;
  readonly #records: FlowRecords;
  readonly #take: () => void;
  readonly #tunnels: Tunnels;
  readonly #breakOff: (reason: string) => void;
  #translations: Translations | undefined;
  #nextSweep = Number.NaN;
  #packetsAtSweep = 0;

  constructor({ kernel, table, payloads, records, take, tunnels, breakOff }: FlowsParts) {
    this.#kernel = kernel;
    this.#table = table;
    this.#payloads = payloads;
    this.#records = records;
    this.#take = take;
    this.#tunnels = tunnels;
    this.#breakOff = breakOff;
    kernel.state[at.RETRANSMISSIONS] = 0;
    kernel.engine = {
      takeFlows: take,
      releaseAliases: flow => this.#translations!.release(flow),
    };
  }

  /** Flows so far. */
  get total(): number {
    return this.#kernel.state[at.FLOWS]!;
  }

  /** Segments so far that were sent again. */
  get retransmissions(): number {
    return this.#kernel.state[at.RETRANSMISSIONS]!;
  }

  /** The row of the packet's flow, which is begun if need be, times two, plus the direction. */
  locate(packet: Packet): number {
    const table = this.#table;
    const found = table.find(packet);
    if (found !== -1) {
      const current = this.#follow(found);
      if (!this.#isStale(current >> 1, current & 1, packet)) return current;
      this.#kernel.exports.close(current >> 1);
    }
    const target = this.#translations?.find(packet) ?? -1;
    const isAnswer =
      target === -1 ? this.#isFromServer(packet) : beganFlipped(table.integers, target * row.ROW_INTEGERS);
    const flow = table.add(isAnswer);
    if (flow === -1) {
      this.#makeRoom();
      return this.locate(packet);
    }
    const isIdentified = packet.identification !== 0;
    if (target !== -1 && this.#translations!.join(flow, target, isIdentified)) {
      return target * 2 + (isAnswer ? 1 : 0);
    }
    const base = flow * row.ROW_INTEGERS;
    this.#begin(flow, isAnswer, packet);
    table.integers[base + row.VLAN] = packet.vlan + 1;
    table.integers[base + row.INNER_VLAN] = packet.innerVlan + 1;
    this.#translations?.note(flow, packet);
    return flow * 2 + (isAnswer ? 1 : 0);
  }

  /** There are as many flows as there can be: all of them end. */
  #makeRoom(): void {
    const live = this.#kernel.state[at.LIVE]!;
    this.#breakOff(`too_many_flows: there were more than ${live} at once, and all of them were ended`);
    this.#kernel.exports.closeAll();
  }

  /** Whether the packet that begins a flow, whose key is set, is one of its responder. */
  #isFromServer(packet: Packet): boolean {
    const { exports, packet: integers } = this.#kernel;
    integers[at.HAS_TRANSPORT] = packet.hasTransport ? 1 : 0;
    integers[at.PROTOCOL] = packet.protocol;
    integers[at.FLAGS] = packet.flags;
    integers[at.IS_BROADCAST] = packet.version === 4 && integers[at.KEY + 4] === -1 ? 1 : 0;
    return exports.isFromServer() !== 0;
  }

  #begin(flow: number, isAnswer: boolean, packet: Packet): void {
    const { exports, packet: integers, packetDoubles: doubles } = this.#kernel;
    doubles[at.TIME] = packet.time;
    doubles[at.OFFSET] = packet.offset;
    integers[at.TTL] = packet.ttl;
    exports.begin(flow, isAnswer);
  }

  /** Counts a packet that is no duplicate. */
  count(located: number, packet: Packet): void {
    const { exports, packet: integers, packetDoubles: doubles } = this.#kernel;
    doubles[at.TIME] = packet.time;
    integers[at.ORIGLEN] = packet.origlen;
    integers[at.IP_LENGTH] = packet.ipLength;
    integers[at.PAYLOAD_LENGTH] = packet.payloadLength;
    integers[at.TTL] = packet.ttl;
    exports.count(located, hasKnownPayload(packet.protocol));
    const tunnel = (located >> 1) * row.ROW_INTEGERS + row.TUNNEL;
    if (packet.tunnelDepth > 0 && this.#table.integers[tunnel] === 0) {
      this.#table.integers[tunnel] = this.#tunnels.numberOf(packet);
    }
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
    const { exports, packet: integers, packetDoubles: doubles } = this.#kernel;
    doubles[at.TIME] = packet.time;
    integers[at.PROTOCOL] = packet.protocol;
    integers[at.END] = packet.end;
    integers[at.PAYLOAD] = packet.payload;
    integers[at.PAYLOAD_LENGTH] = packet.payloadLength;
    integers[at.SEQUENCE] = packet.sequence;
    integers[at.ACKNOWLEDGEMENT] = packet.acknowledgement;
    integers[at.FLAGS] = packet.flags;
    integers[at.WINDOW] = packet.window;
    exports.follow(located);
    if (packet.payloadLength > 0 && mayBeApplication(packet)) {
      this.#payloads.take(located, packet);
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
    this.#kernel.exports.sweep(now);
  }

  finish(): void {
    this.#kernel.exports.closeAll();
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

  /** True when the segment, after a long silence, is of another connection, whose beginning was not captured. */
  #isForeign(flow: number, direction: number, packet: Packet): boolean {
    const { integers, doubles } = this.#table;
    const silence = packet.time - doubles[flow * row.ROW_DOUBLES + row.LAST_TIME]!;
    return silence >= at.TCP_IDLE && !continues(integers, flow * row.ROW_INTEGERS, direction, packet);
  }

  /** True when the packet belongs to another flow between the same ports. */
  #isStale(flow: number, direction: number, packet: Packet): boolean {
    if (this.#kernel.exports.isIdle(flow, packet.time) !== 0) return true;
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
}

/** True when a segment goes on, within a usual window, where its sender was last seen. */
function continues(integers: Int32Array, base: number, direction: number, packet: Packet): boolean {
  const next = integers[base + row.INTEGERS_OF_DIRECTION + direction * row.DIRECTION_INTEGERS + row.NEXT]!;
  return Math.abs((packet.sequence - next) | 0) <= USUAL_WINDOW;
}

/** Whether what follows the headers is what an application sent. */
function mayBeApplication({ protocol, flags }: Packet): boolean {
  if (protocol === PROTOCOL_TCP) return (flags & TCP_RST) === 0;
  return protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_ICMP6;
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
