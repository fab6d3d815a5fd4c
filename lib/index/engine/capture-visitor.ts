import type { CaptureFormat } from '../../pcap/container/open.ts';
import { decodePacket, type LinkDecoder, linkDecoder, linkTypeName } from '../../pcap/decode/link.ts';
import { UnknownLinkType } from '../../pcap/errors.ts';
import type { Limits } from '../../pcap/limits.ts';
import { Packet } from '../../pcap/packet.ts';
import { PcapReader } from '../../pcap/pcap.ts';
import { PcapngReader } from '../../pcap/pcapng.ts';
import {
  type CaptureInterface,
  Clock,
  type PcapRun,
  type RecordReader,
  type RecordVisitor,
} from '../../pcap/record.ts';
import { RecordFeed } from '../../pcap/record-feed.ts';
import type { Analysers, StartAnalysers } from '../analyser.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { COPY_BYTES, UNFOLLOWED } from '../kernel/layout.ts';
import type { TableRows } from '../kernel/table-rows.ts';
import type { CaptureSummary } from '../summary.ts';
import type { Batch, TableName, TableSink } from '../table.ts';
import { captureRow } from './capture-row.ts';
import { FastLane, type PlainLink, plainLink } from './fast-lane.ts';
import { FlowRecords } from './flow-records.ts';
import { FlowTable } from './flow-table.ts';
import { Flows } from './flows.ts';
import { Interfaces } from './interfaces.ts';
import { timestampText, uidPrefix } from './names.ts';
import type { EngineOutput, References } from './output.ts';
import { PacketFollower } from './packet-follower.ts';
import { PacketRecords } from './packet-records.ts';
import { PacketTally } from './packet-tally.ts';
import { Payloads } from './payloads.ts';
import type { CaptureSource } from './source.ts';
import { toNanoseconds } from './times.ts';
import { Tunnels } from './tunnels.ts';
import { Weirds } from './weirds.ts';

const NO_ANALYSERS: Analysers = { services: [], finish: () => {} };

/** Follows the packets of one source, capture by capture, and turns them into the tables of its index. */
export class CaptureVisitor implements RecordVisitor {
  readonly #source: CaptureSource;
  readonly #output: EngineOutput;
  readonly #sink: TableSink;
  readonly #limits: Limits;
  readonly #clock = new Clock();
  readonly #packet = new Packet();
  readonly #kernel: Kernel;
  readonly #table: FlowTable;
  readonly #packetRecords: PacketRecords;
  readonly #flowRecords: FlowRecords;
  readonly #interfaces: Interfaces;
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

  #follower: PacketFollower | undefined;
  #lane: FastLane | undefined;
  /** What is being read of the file, in the kernel's memory. */
  #input: Uint8Array | undefined;
  /** Where, in it, the record begins that the fast lane did not take. */
  #unusualAt = -1;

  #reader: RecordReader | undefined;
  #feed: RecordFeed | undefined;
  #member = 0;
  /** Bytes of the capture so far. */
  #position = 0;
  #decoders: (LinkDecoder | undefined)[] = [];
  #linkTypesOfFile: number[] = [];
  #plainLinks: (PlainLink | undefined)[] = [];
  #seesInterfaces = false;

  /** Of all captures that ended, and of the one that is being read. */
  readonly #ended = new PacketTally();
  #current = new PacketTally();
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
    kernel: Kernel,
    output: EngineOutput,
    limits: Limits,
    startAnalysers: StartAnalysers | undefined,
  ) {
    this.#source = source;
    this.#limits = limits;
    this.#kernel = kernel;
    this.#table = new FlowTable(kernel, limits.flows);
    this.#packetRecords = new PacketRecords(kernel, output.packetsAt);
    this.#flowRecords = new FlowRecords(kernel, output.flowsAt);
    this.#interfaces = new Interfaces(kernel);
    this.#startAnalysers = startAnalysers;
    this.#output = output;
    this.#sink = { write: batch => this.#write(batch), drain: () => output.drain() };
  }

  /** A capture file begins. */
  begin(format: CaptureFormat, member: number): void {
    this.#member = member;
    this.#position = 0;
    this.#decoders = [];
    this.#linkTypesOfFile = [];
    this.#plainLinks = [];
    this.#interfaces.nextFile();
    this.#enterCapture();
    const Reader = format === 'pcap' ? PcapReader : PcapngReader;
    this.#reader = new Reader(this, this.#clock, this.#limits);
    this.#feed = new RecordFeed(this.#reader);
  }

  /** Where chunks are best put, before they are pushed. */
  get input(): Uint8Array {
    return this.#kernel.input;
  }

  push(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length; ) {
      const part = chunk.subarray(start, start + COPY_BYTES - (this.#position % COPY_BYTES));
      if (chunk.buffer === this.input.buffer) this.#feedFrom(part);
      else this.#copyAndFeed(part);
      start += part.length;
      this.#position += part.length;
      if (this.#position % COPY_BYTES === 0) this.#sweep();
    }
  }

  #copyAndFeed(part: Uint8Array): void {
    const copy = this.#kernel.copy.subarray(0, part.length);
    copy.set(part);
    this.#feedFrom(copy);
  }

  /** Always at the same places of a capture: which flows are idle does not depend on the pieces that its bytes come in. */
  #sweep(): void {
    this.#flows?.sweep(this.#clock.now[0]!, this.#ended.packets + this.#current.packets);
  }

  #feedFrom(input: Uint8Array): void {
    this.#input = input;
    this.#lane?.use(input);
    this.#feed!.push(input);
  }

  /** The capture file ends. */
  end(): void {
    if (this.#position % COPY_BYTES !== 0) this.#sweep();
    this.#feed!.end();
    if (this.#current.earliest < this.#ended.latest) {
      this.weird(
        'member_out_of_order',
        `capture ${this.#member} of the archive begins before the one ahead of it ends`,
      );
    }
    this.#ended.add(this.#current);
    this.#current = new PacketTally();
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
    this.#enterCapture();
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
    const current = this.#current;
    current.packets++;
    current.bytes += origlen;
    if (now < current.earliest) current.earliest = now;
    if (now > current.latest) current.latest = now;
    const decode = this.#decoders[interfaceIndex];
    if (decode === undefined) {
      this.weird('unknown_link_type', linkTypeName(this.#linkTypesOfFile[interfaceIndex]!));
      return;
    }
    const packet = this.#packet;
    packet.time = now;
    packet.offset = this.#feed!.bufferOffset + header;
    const follower = this.#follower;
    const link = this.#plainLinks[interfaceIndex];
    if (follower !== undefined && link !== undefined && header !== this.#unusualAt) {
      if (this.#lane!.take(bytes, start, caplen, origlen, interfaceIndex, link)) return;
    }
    this.#unusualAt = -1;
    if (!decodePacket(packet, decode, bytes, start, caplen, origlen)) return;
    (follower ?? this.#startFollower()).follow(interfaceIndex);
  }

  takeRun(bytes: Uint8Array, start: number, end: number, run: PcapRun): number {
    const link = this.#plainLinks[0];
    if (this.#lane === undefined || link === undefined) return start;
    const { bufferOffset } = this.#feed!;
    this.#unusualAt = this.#lane.takeRun(bytes, start, end, run, link, bufferOffset, this.#current);
    return this.#unusualAt;
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
    if (isUnknown && this.#ended.packets > 0) {
      throw new UnknownLinkType(
        `${this.#source.name} has ${this.#ended.packets} packets of link type ${names.join(', ')}, which cannot be decoded`,
      );
    }
    this.#flows?.finish();
    this.#noteUnfollowed();
    if (this.#packetRecords.count > 0) this.#takePackets();
    this.#analysers.finish();
    this.#weirds.flush(this.#sink, this.#clock);
    this.#sink.write(
      captureRow({
        name: this.#source.name,
        tool: this.#tool,
        linkTypes: names,
        interfaces: this.#interfaces.names(),
        snaplen: this.#snaplen,
        tally: this.#ended,
        clock: this.#clock,
        duplicates: this.#lane?.duplicateCount ?? 0,
        flows: this.#flows?.total ?? 0,
        drops: this.#reportedDrops,
        partial: this.#partial,
      }),
    );
    return {
      file: this.#source.name,
      packets: this.#ended.packets,
      bytes: this.#ended.bytes,
      flows: this.#flows?.total ?? 0,
      firstPacket:
        this.#ended.packets > 0 ? timestampText(toNanoseconds(this.#clock, this.#ended.earliest)) : null,
      lastPacket:
        this.#ended.packets > 0 ? timestampText(toNanoseconds(this.#clock, this.#ended.latest)) : null,
      linkTypes: names,
      partial: this.#partial ?? false,
      duplicates: this.#lane?.duplicateCount ?? 0,
      retransmissions: this.#flows?.retransmissions ?? 0,
      dnsTransactions: this.#written.dns,
      tlsHandshakes: this.#written.ssl,
      httpRequests: this.#written.http,
      findings: this.#written.findings,
    };
  }

  #noteUnfollowed(): void {
    const unfollowed = this.#kernel.state[UNFOLLOWED]!;
    if (this.#flows === undefined || unfollowed === 0) return;
    this.breakOff(
      `too_many_conversations: payloads of ${unfollowed} flows were not read, as too many were open at once`,
    );
  }

  #startFollower(): PacketFollower {
    const prefix = uidPrefix(this.#source.identity ?? this.#source.name);
    const takeRows = (rows: TableRows) => {
      this.#written[rows.name] += rows.count;
      this.#output.takeRows(rows);
    };
    this.#analysers = this.#startAnalysers?.({ kernel: this.#kernel, takeRows }) ?? NO_ANALYSERS;
    this.#kernel.beginApplications(this.#clock.epoch, prefix);
    const references: References = {
      uidPrefix: prefix,
      clock: this.#clock,
      services: this.#analysers.services,
      tunnels: this.#tunnels.texts,
      interfaceSets: this.#interfaces.sets,
    };
    this.#references = references;
    const take = () => {
      // Answers that DNS gave come before the flows to the addresses that they name.
      this.#analysers.finish();
      this.#output.takeFlows(this.#flowRecords.batch, references);
      this.#flowRecords.next(this.#output.flowsAt);
    };
    const flows = new Flows({
      kernel: this.#kernel,
      table: this.#table,
      payloads: new Payloads(this.#kernel),
      records: this.#flowRecords,
      take,
      tunnels: this.#tunnels,
      breakOff: reason => this.breakOff(reason),
    });
    this.#flows = flows;
    const takePackets = () => this.#takePackets();
    this.#lane = new FastLane(this.#kernel, this.#clock, this.#packet, takePackets);
    this.#lane.use(this.#input);
    this.#follower = new PacketFollower({
      packet: this.#packet,
      table: this.#table,
      flows,
      interfaces: this.#interfaces,
      kernel: this.#kernel,
      packets: this.#packetRecords,
      takePackets,
    });
    this.#enterCapture();
    return this.#follower;
  }

  #write(batch: Batch): void {
    this.#written[batch.table] += batch.rows;
    this.#output.write(batch);
  }

  #takePackets(): void {
    this.#output.takePackets(this.#packetRecords.batch, this.#references!);
    this.#packetRecords.next(this.#output.packetsAt);
  }

  /** Another capture, or another interface. */
  #enterCapture(): void {
    if (this.#follower === undefined) return;
    this.#follower.member = this.#member;
    this.#follower.seesInterfaces = this.#seesInterfaces;
    this.#lane!.enter(this.#member, this.#seesInterfaces);
  }
}
