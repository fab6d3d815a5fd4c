import type { Packet } from '../../pcap/packet.ts';
import type { Clock, PcapRun } from '../../pcap/record.ts';
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';
import type { PacketTally } from './packet-tally.ts';

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

/** Leads packets through the kernel (see kernel/assembly/lane.ts), which takes those of flows that it knows. */
export class FastLane {
  readonly #kernel: Kernel;
  readonly #clock: Clock;
  readonly #packet: Packet;
  readonly #takePackets: () => void;
  #input: Uint8Array | undefined;
  #interface = -1;

  /** `takePackets` is called when the batch of packets is full. */
  constructor(kernel: Kernel, clock: Clock, packet: Packet, takePackets: () => void) {
    this.#kernel = kernel;
    this.#clock = clock;
    this.#packet = packet;
    this.#takePackets = takePackets;
    this.duplicateCount = 0;
  }

  /** The next packets are of this capture of an archive, and may be seen on several interfaces. */
  enter(member: number, seesInterfaces: boolean): void {
    this.#kernel.exports.useCapture(member, seesInterfaces);
    this.#interface = -1;
  }

  /** The next packets lie in these bytes, a part of the kernel's input. */
  use(input: Uint8Array | undefined): void {
    this.#input = input;
  }

  /** Takes the packet at `bytes[start]`; false when it has to be looked at more closely. */
  take(
    bytes: Uint8Array,
    start: number,
    caplen: number,
    origlen: number,
    interfaceIndex: number,
    link: PlainLink,
  ): boolean {
    if (bytes !== this.#input) return false;
    this.#useLink(interfaceIndex, link);
    const { time, offset } = this.#packet;
    const address = bytes.byteOffset + start;
    let result = this.#kernel.exports.take(address, caplen, origlen, time, offset);
    if (result === at.FULL) {
      this.#takePackets();
      result = this.#kernel.exports.take(address, caplen, origlen, time, offset);
    }
    return result === at.TAKEN;
  }

  /**
   * Takes records of a little-endian pcap from `bytes[start]` on until one has to be looked at more closely; returns where
   * that begins. What was taken is added to `run` and `tally`; `bufferOffset` is that of `bytes[0]` in the file.
   */
  takeRun(
    bytes: Uint8Array,
    start: number,
    end: number,
    run: PcapRun,
    link: PlainLink,
    bufferOffset: number,
    tally: PacketTally,
  ): number {
    if (bytes !== this.#input) return start;
    this.#useLink(0, link);
    const { exports, state, stateDoubles: doubles } = this.#kernel;
    const input = bytes.byteOffset;
    let next = start;
    for (;;) {
      next =
        exports.run(
          input + next,
          input + end,
          run.recordHeader,
          run.perSecond,
          run.mostCaplen,
          this.#clock.epochSeconds,
          run.lastSeconds,
          bufferOffset + next,
        ) - input;
      const packets = state[at.RUN_PACKETS]!;
      if (packets > 0) {
        run.count += packets;
        run.lastSeconds = state[at.RUN_SECONDS]!;
        tally.packets += packets;
        tally.bytes += doubles[at.RUN_BYTES]!;
        tally.earliest = Math.min(tally.earliest, doubles[at.RUN_EARLIEST]!);
        tally.latest = Math.max(tally.latest, doubles[at.RUN_LATEST]!);
        this.#clock.now[0] = doubles[at.RUN_NOW]!;
      }
      const result = state[at.RUN_RESULT]!;
      if (result !== at.FULL) return next;
      this.#takePackets();
    }
  }

  /** Further sightings of packets so far. */
  get duplicateCount(): number {
    return this.#kernel.state[at.DUPLICATES]!;
  }

  set duplicateCount(count: number) {
    this.#kernel.state[at.DUPLICATES] = count;
  }

  #useLink(interfaceIndex: number, { headerLength, etherType, sll }: PlainLink): void {
    if (interfaceIndex === this.#interface) return;
    this.#interface = interfaceIndex;
    this.#kernel.exports.useLink(headerLength, etherType, sll, interfaceIndex);
  }
}
