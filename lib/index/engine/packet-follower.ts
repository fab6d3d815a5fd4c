import { enterFragment } from '../../pcap/decode/network.ts';
import type { Packet } from '../../pcap/packet.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { CAPLEN, OFFSET, ORIGLEN, TIME } from '../kernel/layout.ts';
import { Duplicates } from './duplicates.ts';
import type { FlowTable } from './flow-table.ts';
import type { Flows } from './flows.ts';
import { type Datagram, Fragments } from './fragments.ts';
import type { Interfaces } from './interfaces.ts';
import type { PacketRecords } from './packet-records.ts';
import * as row from './row.ts';

/** What packets are led to. */
export interface FollowerParts {
  packet: Packet;
  table: FlowTable;
  flows: Flows;
  interfaces: Interfaces;
  kernel: Kernel;
  packets: PacketRecords;
  /** Called when `packets` are full. */
  takePackets: () => void;
}

/** Leads each packet to its flow: whole or in fragments, seen once or on several interfaces. */
export class PacketFollower {
  /** Which capture of an archive the packets are of. */
  member = 0;
  /** One packet may be seen on several interfaces. */
  seesInterfaces = false;
  readonly #packet: Packet;
  readonly #table: FlowTable;
  readonly #flows: Flows;
  readonly #interfaces: Interfaces;
  readonly #kernel: Kernel;
  readonly #packets: PacketRecords;
  readonly #takePackets: () => void;
  readonly #fragments = new Fragments();
  #duplicates: Duplicates | undefined;

  constructor({ packet, table, flows, interfaces, kernel, packets, takePackets }: FollowerParts) {
    this.#packet = packet;
    this.#table = table;
    this.#flows = flows;
    this.#interfaces = interfaces;
    this.#kernel = kernel;
    this.#packets = packets;
    this.#takePackets = takePackets;
  }

  /** The packet is decoded. */
  follow(interfaceIndex: number): void {
    const packet = this.#packet;
    packet.place = placeOf(packet, interfaceIndex);
    if (packet.fragment >= 0) this.#fragment(interfaceIndex);
    else this.#whole(interfaceIndex);
  }

  /** A packet that is one record; tells where its flow is. */
  #whole(interfaceIndex: number): number {
    const packet = this.#packet;
    if (this.seesInterfaces) this.#flows.expectTranslations();
    const located = this.#flows.locate(packet);
    const isDuplicate = this.seesInterfaces && this.#wasSeen(located, interfaceIndex);
    this.#note(located, isDuplicate);
    if (!isDuplicate) this.#flows.transport(located, packet);
    return located;
  }

  /** One record of a flow: its place, its row in `packets`, and, unless it repeats another, its counts. */
  #note(located: number, isDuplicate: boolean): void {
    this.#place(located, isDuplicate);
    if (!isDuplicate) this.#flows.count(located, this.#packet);
  }

  #place(located: number, isDuplicate: boolean): void {
    const { time, offset, caplen, origlen } = this.#packet;
    const { exports, packet, packetDoubles } = this.#kernel;
    packetDoubles[TIME] = time;
    packetDoubles[OFFSET] = offset;
    packet[CAPLEN] = caplen;
    packet[ORIGLEN] = origlen;
    if (this.#packets.isFull) this.#takePackets();
    exports.note(located, this.member, isDuplicate);
  }

  /** Notes where the packet was seen; true when that is a further sighting of one that was counted. */
  #wasSeen(located: number, interfaceIndex: number): boolean {
    const packet = this.#packet;
    const { integers } = this.#table;
    const at = (located >> 1) * row.ROW_INTEGERS + row.INTERFACES;
    integers[at] = this.#interfaces.with(integers[at]!, interfaceIndex, packet.ifindex);
    this.#duplicates ??= new Duplicates(this.#kernel);
    return this.#duplicates.isRepeated(packet, located);
  }

  /** A fragment belongs to the flow whose ports its datagram's first fragment holds. */
  #fragment(interfaceIndex: number): void {
    const packet = this.#packet;
    const fragments = this.#fragments;
    const datagram = fragments.of(packet);
    if (packet.fragment === 0) {
      if (enterFragment(packet)) {
        this.#beginTunnel(interfaceIndex, datagram);
        return;
      }
      datagram.inner = -1;
      datagram.ports = (packet.sourcePort << 16) | packet.destinationPort;
    }
    if (datagram.inner !== -1) {
      this.#noteRest(interfaceIndex, datagram);
      return;
    }
    if (datagram.ports === undefined) {
      fragments.add(datagram, packet);
      datagram.hold(packet);
      fragments.trim();
      return;
    }
    packet.sourcePort = datagram.ports >>> 16;
    packet.destinationPort = datagram.ports & 0xffff;
    const located = this.#flows.locate(packet);
    this.#noteHeld(located, datagram);
    const isDuplicate = this.seesInterfaces && this.#wasSeen(located, interfaceIndex);
    this.#note(located, isDuplicate);
    if (isDuplicate) return;
    const isKept = fragments.add(datagram, packet);
    if (datagram.complete(packet)) {
      fragments.remove(datagram);
      this.#flows.transport(located, packet);
    } else if (!isKept && packet.fragment === 0) this.#flows.transport(located, packet);
    fragments.trim();
  }

  /** The first fragment of a datagram around a packet is that packet; the others are only counted. */
  #beginTunnel(interfaceIndex: number, datagram: Datagram): void {
    const packet = this.#packet;
    const located = this.#whole(interfaceIndex);
    datagram.inner = located;
    datagram.innerOrdinal = this.#table.integers[(located >> 1) * row.ROW_INTEGERS + row.ORDINAL]!;
    for (const held of datagram.held.splice(0)) {
      Object.assign(packet, held);
      this.#place(located, false);
      this.#flows.countRest(located, packet);
    }
    this.#fragments.trim();
  }

  #noteRest(interfaceIndex: number, datagram: Datagram): void {
    const located = datagram.inner;
    const flow = located >> 1;
    const ordinal = this.#table.integers[flow * row.ROW_INTEGERS + row.ORDINAL];
    if (!this.#table.isLive(flow) || ordinal !== datagram.innerOrdinal) return; // it ended meanwhile
    const isDuplicate = this.seesInterfaces && this.#wasSeen(located, interfaceIndex);
    this.#place(located, isDuplicate);
    if (!isDuplicate) this.#flows.countRest(located, this.#packet);
  }

  /** Fragments that came before the first one are counted now that their flow is known. */
  #noteHeld(located: number, datagram: Datagram): void {
    if (datagram.held.length === 0) return;
    const packet = this.#packet;
    const { time, offset, caplen, origlen, ipLength, payloadLength } = packet;
    for (const held of datagram.held.splice(0)) {
      Object.assign(packet, held);
      this.#note(located, false);
    }
    Object.assign(packet, { time, offset, caplen, origlen, ipLength, payloadLength });
  }
}

function placeOf({ ifindex, packetType }: Packet, interfaceIndex: number): number {
  return (interfaceIndex << 24) ^ (ifindex << 4) ^ packetType;
}
