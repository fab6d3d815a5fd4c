import type { CaptureFormat } from '../../pcap/container/open.ts';
import { decodePacket, type LinkDecoder, linkDecoder, linkTypeName } from '../../pcap/decode/link.ts';
import { enterFragment } from '../../pcap/decode/network.ts';
import { UnknownLinkType } from '../../pcap/errors.ts';
import type { Limits } from '../../pcap/limits.ts';
import { Packet } from '../../pcap/packet.ts';
import { PcapReader } from '../../pcap/pcap.ts';
import { PcapngReader } from '../../pcap/pcapng.ts';
import { type CaptureInterface, Clock, type RecordReader, type RecordVisitor } from '../../pcap/record.ts';
import { RecordFeed } from '../../pcap/record-feed.ts';
import type { Analysers, StartAnalysers } from '../analyser.ts';
import type { CaptureSummary } from '../summary.ts';
import type { Batch, TableName, TableSink } from '../table.ts';
import { Applications } from './applications.ts';
import { Duplicates } from './duplicates.ts';
import { FastLane, type PlainLink, plainLink } from './fast-lane.ts';
import { FlowTable } from './flow-table.ts';
import { Flows } from './flows.ts';
import { type Datagram, Fragments } from './fragments.ts';
import { Interfaces } from './interfaces.ts';
import { timestampText, Uids, uidPrefix } from './names.ts';
import type { EngineOutput, References } from './output.ts';
import * as row from './row.ts';
import type { CaptureSource } from './source.ts';
import { Int64Times } from './times.ts';
import { Tunnels } from './tunnels.ts';
import { Weirds } from './weirds.ts';

const NO_ANALYSERS: Analysers = { recognise: () => undefined, finish: () => {} };

/** Follows the packets of one source, capture by capture, and turns them into the tables of its index. */
export class CaptureVisitor implements RecordVisitor {
  readonly #source: CaptureSource;
  readonly #output: EngineOutput;
  readonly #sink: TableSink;
  readonly #limits: Limits;
  readonly #clock = new Clock();
  readonly #times = new Int64Times(this.#clock);
  readonly #packet = new Packet();
  readonly #table = new FlowTable();
  readonly #interfaces = new Interfaces();
  #duplicates: Duplicates | undefined;
  readonly #fragments = new Fragments();
  readonly #tunnels = new Tunnels();
  readonly #weirds = new Weirds();
  readonly #startAnalysers: StartAnalysers | undefined;
  readonly #written: Record<TableName, number> = {
    conn: 0,
    dns: 0,
    ssl: 0,
    http: 0,
    weird: 0,
    packets: 0,
    findings: 0,
    capture: 0,
  };

  // Made with the first packet, when the clock starts.
  #analysers: Analysers = NO_ANALYSERS;
  #flows: Flows | undefined;
  #references: References | undefined;

  #lane: FastLane | undefined;

  #reader: RecordReader | undefined;
  #feed: RecordFeed | undefined;
  #member = 0;
  #decoders: (LinkDecoder | undefined)[] = [];
  #linkTypesOfFile: number[] = [];
  #plainLinks: (PlainLink | undefined)[] = [];
  #seesInterfaces = false;

  #packets = 0;
  #bytes = 0;
  #duplicateCount = 0;
  // Of all captures that ended, and of the one that is being read.
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #firstOfMember = Number.POSITIVE_INFINITY;
  #lastOfMember = Number.NEGATIVE_INFINITY;
  #partial: string | null = null;
  #skippedBytes = 0;
  #skippedPlaces = 0;
  /** By interface of the current file, as last reported. */
  readonly #drops = new Map<number, number>();
  #reportedDrops: number | null = null;
  #tool: string | null = null;
  #snaplen: number | null = null;
  readonly #linkTypes = new Set<number>();

  constructor(
    source: CaptureSource,
    output: EngineOutput,
    limits: Limits,
    startAnalysers: StartAnalysers | undefined,
  ) {
    this.#source = source;
    this.#limits = limits;
    this.#startAnalysers = startAnalysers;
    this.#output = output;
    this.#sink = {
      write: batch => {
        this.#written[batch.table] += batch.rows;
        output.write(batch);
      },
      drain: () => output.drain(),
    };
  }

  /** A capture file begins. */
  begin(format: CaptureFormat, member: number): void {
    this.#member = member;
    this.#decoders = [];
    this.#linkTypesOfFile = [];
    this.#plainLinks = [];
    this.#interfaces.nextFile();
    const Reader = format === 'pcap' ? PcapReader : PcapngReader;
    this.#reader = new Reader(this, this.#clock, this.#limits);
    this.#feed = new RecordFeed(this.#reader);
  }

  push(chunk: Uint8Array): void {
    this.#feed!.push(chunk);
    this.#flows?.sweep(this.#clock.now[0]!, this.#packets);
  }

  /** The capture file ends. */
  end(): void {
    this.#feed!.end();
    if (this.#firstOfMember < this.#last) {
      this.weird(
        'member_out_of_order',
        `capture ${this.#member} of the archive begins before the one ahead of it ends`,
      );
    }
    this.#first = Math.min(this.#first, this.#firstOfMember);
    this.#last = Math.max(this.#last, this.#lastOfMember);
    this.#firstOfMember = Number.POSITIVE_INFINITY;
    this.#lastOfMember = Number.NEGATIVE_INFINITY;
    for (const count of this.#drops.values()) this.#reportedDrops = (this.#reportedDrops ?? 0) + count;
    this.#drops.clear();
    const failure = this.#reader!.failure;
    if (failure !== null) this.breakOff(failure);
    else if (this.#feed!.rest > 0) this.breakOff('truncated_record: the file ends inside a record');
  }

  breakOff(reason: string): void {
    this.#partial ??= reason;
  }

  interface(index: number, description: CaptureInterface): void {
    this.#decoders[index] = linkDecoder(description.linkType);
    this.#linkTypesOfFile[index] = description.linkType;
    this.#linkTypes.add(description.linkType);
    this.#plainLinks[index] = plainLink(description.linkType);
    this.#interfaces.describe(index, description);
    this.#seesInterfaces ||= index > 0 || description.linkType === 113 || description.linkType === 276;
    if (description.snaplen > 0) this.#snaplen = Math.max(this.#snaplen ?? 0, description.snaplen);
  }

  packet(
    bytes: Uint8Array,
    header: number,
    start: number,
    caplen: number,
    origlen: number,
    interfaceIndex: number,
  ): void {
    const now = this.#clock.now[0]!;
    this.#packets++;
    this.#bytes += origlen;
    if (now < this.#firstOfMember) this.#firstOfMember = now;
    if (now > this.#lastOfMember) this.#lastOfMember = now;
    const decode = this.#decoders[interfaceIndex];
    if (decode === undefined) {
      this.weird('unknown_link_type', linkTypeName(this.#linkTypesOfFile[interfaceIndex]!));
      return;
    }
    const packet = this.#packet;
    packet.time = now;
    packet.offset = this.#feed!.bufferOffset + header;
    if (this.#takesFastLane(bytes, start, caplen, origlen, interfaceIndex)) return;
    if (!decodePacket(packet, decode, bytes, start, caplen, origlen)) return;
    packet.place = placeOf(packet, interfaceIndex);
    const flows = this.#flows ?? this.#startFlows();
    if (packet.fragment >= 0) this.#fragment(flows, interfaceIndex);
    else this.#whole(flows, interfaceIndex);
  }

  #takesFastLane(
    bytes: Uint8Array,
    start: number,
    caplen: number,
    origlen: number,
    interfaceIndex: number,
  ): boolean {
    const link = this.#plainLinks[interfaceIndex];
    if (link === undefined || this.#lane === undefined) return false;
    const packet = this.#packet;
    packet.bytes = bytes;
    packet.caplen = caplen;
    packet.origlen = origlen;
    const { packets } = this.#output;
    if (packets.isFull) this.#output.takePackets(this.#references!);
    const located = this.#lane.take(packet, link, start, packets, this.#member);
    if (located === -1) return false;
    if (this.#seesInterfaces) {
      if (link.sll === 0) packet.ifindex = packet.packetType = 0;
      packet.place = placeOf(packet, interfaceIndex);
      this.#wasSeen(located, interfaceIndex);
    }
    return true;
  }

  drops(interfaceIndex: number, count: number): void {
    this.#drops.set(interfaceIndex, count);
  }

  tool(name: string): void {
    this.#tool ??= name;
  }

  skipped(reason: string, bytes: number): void {
    this.breakOff(reason);
    this.#skippedBytes += bytes;
    this.#skippedPlaces++;
    this.weird('skipped_bytes', reason.slice(0, reason.indexOf(':')));
  }

  weird(name: string, detail: string): void {
    this.#weirds.add(name, detail, this.#clock.now[0]!);
  }

  /** Writes what is still held, and sums up. */
  finish(): CaptureSummary {
    if (this.#skippedPlaces > 0) {
      const places = this.#skippedPlaces === 1 ? 'one place' : `${this.#skippedPlaces} places`;
      this.#partial += `; ${this.#skippedBytes} bytes were skipped in ${places}`;
    }
    const names = [...this.#linkTypes].map(linkTypeName);
    const isUnknown = this.#linkTypes.size > 0 && [...this.#linkTypes].every(type => !linkDecoder(type));
    if (isUnknown && this.#packets > 0) {
      throw new UnknownLinkType(
        `${this.#source.name} has ${this.#packets} packets of link type ${names.join(', ')}, which cannot be decoded`,
      );
    }
    this.#flows?.finish();
    if (this.#output.packets.count > 0) this.#output.takePackets(this.#references!);
    this.#analysers.finish();
    this.#weirds.flush(this.#sink, this.#times);
    this.#writeCapture(names);
    return {
      file: this.#source.name,
      packets: this.#packets,
      bytes: this.#bytes,
      flows: this.#flows?.total ?? 0,
      firstPacket: this.#packets > 0 ? timestampText(this.#times.toBigInt(this.#first)) : null,
      lastPacket: this.#packets > 0 ? timestampText(this.#times.toBigInt(this.#last)) : null,
      linkTypes: names,
      partial: this.#partial ?? false,
      duplicates: this.#duplicateCount,
      retransmissions: this.#flows?.retransmissions ?? 0,
      dnsTransactions: this.#written.dns,
      tlsHandshakes: this.#written.ssl,
      httpRequests: this.#written.http,
      findings: this.#written.findings,
    };
  }

  /** A packet that is one record; tells where its flow is. */
  #whole(flows: Flows, interfaceIndex: number): number {
    const packet = this.#packet;
    if (this.#seesInterfaces) flows.expectTranslations();
    const located = flows.locate(packet);
    const isDuplicate = this.#seesInterfaces && this.#wasSeen(located, interfaceIndex);
    this.#note(flows, located, isDuplicate);
    if (!isDuplicate) flows.transport(located, packet);
    return located;
  }

  /** One record of a flow: its place, its row in `packets`, and, unless it repeats another, its counts. */
  #note(flows: Flows, located: number, isDuplicate: boolean): void {
    this.#place(located, isDuplicate);
    if (!isDuplicate) flows.count(located, this.#packet);
  }

  #place(located: number, isDuplicate: boolean): void {
    const packet = this.#packet;
    const { integers, doubles } = this.#table;
    const base = (located >> 1) * row.ROW_INTEGERS;
    const first = (located >> 1) * row.ROW_DOUBLES;
    doubles[first + row.LAST_OFFSET] = packet.offset;
    integers[base + row.PACKET_ROWS] = integers[base + row.PACKET_ROWS]! + 1;
    const { packets } = this.#output;
    if (packets.isFull) this.#output.takePackets(this.#references!);
    packets.add(integers, base, packet, this.#member, located & 1, isDuplicate);
    if (isDuplicate) {
      this.#duplicateCount++;
      integers[base + row.DUPLICATES] = integers[base + row.DUPLICATES]! + 1;
    }
  }

  /** Notes where the packet was seen; true when that is a further sighting of one that was counted. */
  #wasSeen(located: number, interfaceIndex: number): boolean {
    const packet = this.#packet;
    const { integers } = this.#table;
    const at = (located >> 1) * row.ROW_INTEGERS + row.INTERFACES;
    integers[at] = this.#interfaces.with(integers[at]!, interfaceIndex, packet.ifindex);
    this.#duplicates ??= new Duplicates();
    return this.#duplicates.isRepeated(packet, located);
  }

  /** A fragment belongs to the flow whose ports its datagram's first fragment holds. */
  #fragment(flows: Flows, interfaceIndex: number): void {
    const packet = this.#packet;
    const fragments = this.#fragments;
    const datagram = fragments.of(packet);
    if (packet.fragment === 0) {
      if (enterFragment(packet)) {
        this.#beginTunnel(flows, interfaceIndex, datagram);
        return;
      }
      datagram.inner = -1;
      datagram.ports = (packet.sourcePort << 16) | packet.destinationPort;
    }
    if (datagram.inner !== -1) {
      this.#noteRest(flows, interfaceIndex, datagram);
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
    const located = flows.locate(packet);
    this.#noteHeld(flows, located, datagram);
    const isDuplicate = this.#seesInterfaces && this.#wasSeen(located, interfaceIndex);
    this.#note(flows, located, isDuplicate);
    if (isDuplicate) return;
    const isKept = fragments.add(datagram, packet);
    if (datagram.complete(packet)) {
      fragments.remove(datagram);
      flows.transport(located, packet);
    } else if (!isKept && packet.fragment === 0) flows.transport(located, packet);
    fragments.trim();
  }

  /** The first fragment of a datagram around a packet is that packet; the others are only counted. */
  #beginTunnel(flows: Flows, interfaceIndex: number, datagram: Datagram): void {
    const packet = this.#packet;
    const located = this.#whole(flows, interfaceIndex);
    datagram.inner = located;
    datagram.innerOrdinal = this.#table.integers[(located >> 1) * row.ROW_INTEGERS + row.ORDINAL]!;
    for (const held of datagram.held.splice(0)) {
      Object.assign(packet, held);
      this.#place(located, false);
      flows.countRest(located, packet);
    }
    this.#fragments.trim();
  }

  #noteRest(flows: Flows, interfaceIndex: number, datagram: Datagram): void {
    const located = datagram.inner;
    const flow = located >> 1;
    const ordinal = this.#table.integers[flow * row.ROW_INTEGERS + row.ORDINAL];
    if (!this.#table.isLive(flow) || ordinal !== datagram.innerOrdinal) return; // it ended meanwhile
    const isDuplicate = this.#seesInterfaces && this.#wasSeen(located, interfaceIndex);
    this.#place(located, isDuplicate);
    if (!isDuplicate) flows.countRest(located, this.#packet);
  }

  /** Fragments that came before the first one are counted now that their flow is known. */
  #noteHeld(flows: Flows, located: number, datagram: Datagram): void {
    if (datagram.held.length === 0) return;
    const packet = this.#packet;
    const { time, offset, caplen, origlen, ipLength, payloadLength } = packet;
    for (const held of datagram.held.splice(0)) {
      Object.assign(packet, held);
      this.#note(flows, located, false);
    }
    Object.assign(packet, { time, offset, caplen, origlen, ipLength, payloadLength });
  }

  #startFlows(): Flows {
    const prefix = uidPrefix(this.#source.identity ?? this.#source.name);
    const context = { sink: this.#sink, epoch: this.#clock.epoch, uids: new Uids(prefix) };
    this.#analysers = this.#startAnalysers?.(context) ?? NO_ANALYSERS;
    const applications = new Applications(this.#table, this.#analysers);
    const references: References = {
      uidPrefix: prefix,
      clock: this.#clock,
      services: applications.services,
      tunnels: this.#tunnels.texts,
      interfaceSets: this.#interfaces.sets,
    };
    this.#references = references;
    const take = () => {
      // Answers that DNS gave come before the flows to the addresses that they name.
      this.#analysers.finish();
      this.#output.takeFlows(references);
    };
    this.#flows = new Flows(this.#table, applications, this.#output.flows, take, this.#tunnels);
    this.#lane = new FastLane(this.#table, applications);
    return this.#flows;
  }

  #writeCapture(linkTypes: string[]): void {
    const int64 = (value: number) => ({ values: BigInt64Array.of(BigInt(value)) });
    const optional = (value: number | null) => ({
      values: BigInt64Array.of(BigInt(value ?? 0)),
      nulls: Uint8Array.of(value === null ? 1 : 0),
    });
    const time = (value: number) => ({
      values: BigInt64Array.of(this.#packets > 0 ? this.#times.toBigInt(value) : 0n),
      nulls: Uint8Array.of(this.#packets > 0 ? 0 : 1),
    });
    const batch: Batch = {
      table: 'capture',
      rows: 1,
      columns: {
        object_key: { values: [this.#source.name] },
        tool: { values: [this.#tool] },
        link_types: { values: [linkTypes] },
        interfaces: { values: [this.#interfaces.names()] },
        snaplen: {
          values: Int32Array.of(this.#snaplen ?? 0),
          nulls: Uint8Array.of(this.#snaplen === null ? 1 : 0),
        },
        first_ts: time(this.#first),
        last_ts: time(this.#last),
        packets: int64(this.#packets),
        bytes: int64(this.#bytes),
        duplicates: int64(this.#duplicateCount),
        flows: int64(this.#flows?.total ?? 0),
        drops: optional(this.#reportedDrops),
        partial: { values: [this.#partial] },
      },
    };
    this.#sink.write(batch);
  }
}

function placeOf({ ifindex, packetType }: Packet, interfaceIndex: number): number {
  return (interfaceIndex << 24) ^ (ifindex << 4) ^ packetType;
}
