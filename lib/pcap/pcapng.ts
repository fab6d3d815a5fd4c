/** pcapng (draft-ietf-opsawg-pcapng): many sections, each with interfaces, packets and statistics. */
import type { Limits } from './limits.ts';
import type { Clock, RecordReader, RecordVisitor } from './record.ts';
import { TickClock } from './tick-clock.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const PACKET = 2; // obsolete
const SIMPLE_PACKET = 3;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Headers, options and padding around the data of a packet. */
const PACKET_OVERHEAD = 65_536 + 64;
const WORD = 0x1_0000_0000;

interface SectionInterface {
  /** Number of the interface in the whole file. */
  index: number;
  snaplen: number;
  ticks: TickClock;
}

/** True when `bytes` begin with a section header block. */
export function isPcapng(bytes: Uint8Array): boolean {
  if (bytes.length < 12) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const order = view.getUint32(8);
  return view.getUint32(0) === SECTION_HEADER && (order === BYTE_ORDER_MAGIC || order === 0x4d3c2b1a);
}

export class PcapngReader implements RecordReader {
  needed = 12;
  failure: string | null = null;
  readonly #visitor: RecordVisitor;
  readonly #clock: Clock;
  readonly #limits: Limits;
  #bigEndian = false;
  #interfaces: SectionInterface[] = [];
  #interfaceCount = 0;
  /** Bytes of a block of no interest that are still to be passed over. */
  #skip = 0;

  constructor(visitor: RecordVisitor, clock: Clock, limits: Limits) {
    this.#visitor = visitor;
    this.#clock = clock;
    this.#limits = limits;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (this.failure === null) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, end - at);
        this.#skip -= passed;
        at += passed;
        if (this.#skip > 0) break;
      }
      if (end - at < 12) {
        this.needed = 12;
        break;
      }
      if (isSectionHeader(bytes, at)) this.#bigEndian = bytes[at + 8] === 0x1a;
      const type = this.#word(bytes, at);
      const length = this.#word(bytes, at + 4);
      if (length < 12 || length % 4 !== 0) {
        this.failure = `bad_block_length: a pcapng block claims ${length} bytes`;
        break;
      }
      if (!isOfInterest(type)) {
        this.#skip = length;
        continue;
      }
      if (length > this.#limits.recordBytes + PACKET_OVERHEAD) {
        this.failure = `bad_block_length: a pcapng block claims ${length} bytes, more than any packet has`;
        break;
      }
      if (end - at < length) {
        this.needed = length;
        break;
      }
      this.#block(type, bytes, at, at + length);
      at += length;
    }
    return at;
  }

  #block(type: number, bytes: Uint8Array, at: number, end: number): void {
    switch (type) {
      case SECTION_HEADER:
        this.#sectionHeader(bytes, at, end);
        break;
      case INTERFACE_DESCRIPTION:
        this.#interfaceDescription(bytes, at, end);
        break;
      case ENHANCED_PACKET:
        if (end - at < 32) {
          this.#malformed('an enhanced packet block is too short');
          return;
        }
        this.#packet(bytes, at, end, this.#word(bytes, at + 8));
        break;
      case PACKET:
        if (end - at < 32) {
          this.#malformed('a packet block is too short');
          return;
        }
        this.#packet(bytes, at, end, this.#half(bytes, at + 8));
        break;
      case SIMPLE_PACKET:
        this.#simplePacket(bytes, at, end);
        break;
      default:
        this.#statistics(bytes, at, end);
    }
  }

  #sectionHeader(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 28) {
      this.#malformed('a section header block is too short');
      return;
    }
    this.#interfaces = [];
    const texts: string[] = [];
    this.#options(bytes, at + 24, end - 4, (code, from, length) => {
      const isTool = code === 4 || code === 3; // shb_userappl, shb_os
      if (isTool) texts.unshift(decodeText(bytes, from, length));
    });
    if (texts.length > 0) this.#visitor.tool(texts.join(', '));
  }

  #interfaceDescription(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 20) {
      this.#malformed('an interface description block is too short');
      return;
    }
    if (this.#interfaceCount >= this.#limits.interfaces) {
      this.failure = `too_many_interfaces: more than ${this.#limits.interfaces}`;
      return;
    }
    let name: string | null = null;
    let resolution = 6;
    let offset = 0n;
    this.#options(bytes, at + 16, end - 4, (code, from, length) => {
      if (code === 2) name = decodeText(bytes, from, length);
      else if (code === 9 && length >= 1) resolution = bytes[from]!;
      else if (code === 14 && length >= 8) offset = this.#signed64(bytes, from);
    });
    const index = this.#interfaceCount++;
    const snaplen = this.#word(bytes, at + 12);
    this.#interfaces.push({ index, snaplen, ticks: new TickClock(this.#clock, resolution, offset) });
    this.#visitor.interface(index, { linkType: this.#half(bytes, at + 8), snaplen, name });
  }

  #packet(bytes: Uint8Array, at: number, end: number, id: number): void {
    const source = this.#interfaces[id];
    const caplen = this.#word(bytes, at + 20);
    if (source === undefined) {
      this.#malformed('a packet names an interface that was not described');
      return;
    }
    if (caplen > end - at - 32) {
      this.#malformed('a packet is longer than its block');
      return;
    }
    if (caplen > this.#limits.recordBytes) {
      this.#malformed('a packet is longer than any can be');
      return;
    }
    source.ticks.set(this.#word(bytes, at + 12), this.#word(bytes, at + 16));
    this.#visitor.packet(bytes, at, at + 28, caplen, this.#word(bytes, at + 24), source.index);
  }

  /** Without a time of its own: takes that of the packet before. */
  #simplePacket(bytes: Uint8Array, at: number, end: number): void {
    const source = this.#interfaces[0];
    if (source === undefined) {
      this.#malformed('a packet comes before any interface');
      return;
    }
    if (end - at < 16) {
      this.#malformed('a simple packet block is too short');
      return;
    }
    const origlen = this.#word(bytes, at + 8);
    const room = Math.min(end - at - 16, this.#limits.recordBytes);
    const cut = source.snaplen > 0 ? Math.min(origlen, source.snaplen) : origlen;
    if (!this.#clock.started) this.#clock.start(0);
    this.#visitor.packet(bytes, at, at + 12, Math.min(cut, room), origlen, source.index);
  }

  #statistics(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 24) return;
    const source = this.#interfaces[this.#word(bytes, at + 8)];
    if (source === undefined) return;
    let drops = -1;
    this.#options(bytes, at + 20, end - 4, (code, from, length) => {
      const isDrops = code === 5 || code === 7; // isb_ifdrop, isb_osdrop
      if (isDrops && length >= 8) drops = Math.max(drops, 0) + Number(this.#signed64(bytes, from));
    });
    if (drops >= 0) this.#visitor.drops(source.index, drops);
  }

  #options(
    bytes: Uint8Array,
    start: number,
    end: number,
    visit: (code: number, start: number, length: number) => void,
  ): void {
    let at = start;
    while (end - at >= 4) {
      const code = this.#half(bytes, at);
      const length = this.#half(bytes, at + 2);
      if (code === 0 || at + 4 + length > end) return;
      visit(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }

  /** The block is passed over: its length still leads to the next one. */
  #malformed(detail: string): void {
    this.#visitor.weird('malformed_block', detail);
  }

  #half(bytes: Uint8Array, at: number): number {
    return this.#bigEndian ? (bytes[at]! << 8) | bytes[at + 1]! : bytes[at]! | (bytes[at + 1]! << 8);
  }

  #word(bytes: Uint8Array, at: number): number {
    if (this.#bigEndian) {
      return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    }
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  /** In the byte order of the section, unlike the halves of a packet's time. */
  #signed64(bytes: Uint8Array, at: number): bigint {
    const first = BigInt(this.#word(bytes, at));
    const second = BigInt(this.#word(bytes, at + 4));
    const [high, low] = this.#bigEndian ? [first, second] : [second, first];
    return BigInt.asIntN(64, high * BigInt(WORD) + low);
  }
}

function isSectionHeader(bytes: Uint8Array, at: number): boolean {
  const isType =
    bytes[at] === 0x0a && bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0d && bytes[at + 3] === 0x0a;
  if (!isType) return false;
  const first = bytes[at + 8];
  return first === 0x1a || first === 0x4d;
}

function isOfInterest(type: number): boolean {
  return (
    type === SECTION_HEADER ||
    (type >= INTERFACE_DESCRIPTION && type <= SIMPLE_PACKET) ||
    type === INTERFACE_STATISTICS ||
    type === ENHANCED_PACKET
  );
}

function decodeText(bytes: Uint8Array, start: number, length: number): string {
  const text = new TextDecoder().decode(bytes.subarray(start, start + Math.min(length, 1024)));
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}
