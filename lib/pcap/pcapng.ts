/** pcapng (draft-ietf-opsawg-pcapng): many sections, each with interfaces, packets and statistics. */
import type { Limits } from './limits.ts';
import {
  ENHANCED_PACKET,
  HEADER,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  isSectionHeader,
  PACKET,
  PcapngBlocks,
  SECTION_HEADER,
  SIMPLE_PACKET,
} from './pcapng-blocks.ts';
import type { Clock, RecordReader, RecordVisitor } from './record.ts';
import { Resync } from './resync.ts';
import { TickClock } from './tick-clock.ts';

const WORD = 0x1_0000_0000;

interface SectionInterface {
  /** Number of the interface in the whole file. */
  index: number;
  snaplen: number;
  ticks: TickClock;
}

/** True when `bytes` begin with a section header block. */
export function isPcapng(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER && isSectionHeader(bytes, 0);
}

export class PcapngReader implements RecordReader {
  needed = HEADER;
  failure: string | null = null;
  readonly #visitor: RecordVisitor;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #blocks: PcapngBlocks;
  readonly #resync: Resync;
  #interfaces: SectionInterface[] = [];
  #interfaceCount = 0;
  /** Bytes of a block of no interest that are still to be passed over. */
  #skip = 0;
  #isLast = false;

  constructor(visitor: RecordVisitor, clock: Clock, limits: Limits) {
    this.#visitor = visitor;
    this.#clock = clock;
    this.#limits = limits;
    this.#blocks = new PcapngBlocks(limits.recordBytes);
    this.#resync = new Resync(this.#blocks.isRecord, limits);
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    for (;;) {
      at = this.#readBlocks(bytes, at, end);
      if (this.#resync.reason === null) return at;
      at = this.#findBlock(this.#resync.reason, bytes, at, end);
      if (this.#resync.reason !== null) return at;
    }
  }

  end(bytes: Uint8Array, start: number, end: number): number {
    this.#isLast = true;
    const at = this.read(bytes, start, end);
    if (this.#skip > 0) this.failure ??= 'truncated_record: the file ends inside a block';
    return at;
  }

  #readBlocks(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (this.failure === null && this.#resync.reason === null) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, end - at);
        this.#skip -= passed;
        at += passed;
        if (this.#skip > 0) break;
      }
      if (end - at < HEADER) {
        this.needed = HEADER;
        break;
      }
      const blocks = this.#blocks;
      if (isSectionHeader(bytes, at)) blocks.bigEndian = bytes[at + 8] === 0x1a;
      const type = this.#blocks.word(bytes, at);
      const length = this.#blocks.word(bytes, at + 4);
      if (length < HEADER || length % 4 !== 0) {
        this.#resync.lose(`bad_block_length: a pcapng block claims ${length} bytes`);
        break;
      }
      if (length > blocks.limit) {
        // Secrets and names may take as much as they like.
        if (isOfInterest(type) || !blocks.isRegistered(type)) {
          this.#resync.lose(
            `bad_block_length: a pcapng block claims ${length} bytes, more than any packet has`,
          );
          break;
        }
        this.#skip = length;
        continue;
      }
      if (end - at < length) {
        this.needed = length;
        break;
      }
      if (!blocks.endsAsItBegins(bytes, at, length)) {
        if (end - at < length + HEADER && !this.#isLast) {
          this.needed = length + HEADER;
          break;
        }
        if (!blocks.isFollowed(bytes, at + length, end)) {
          this.#resync.lose(
            'bad_block_length: the two lengths of a pcapng block differ, and no block follows',
          );
          break;
        }
      }
      if (isOfInterest(type)) this.#block(type, bytes, at, at + length);
      at += length;
    }
    return at;
  }

  #findBlock(reason: string, bytes: Uint8Array, start: number, end: number): number {
    const resync = this.#resync;
    const at = resync.find(bytes, start, end, this.#isLast);
    if (resync.reason === null) this.#visitor.skipped(reason, resync.skipped);
    else if (this.#isLast || resync.isHopeless) this.failure = reason;
    this.needed = resync.needed;
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
        this.#packet(bytes, at, end, this.#blocks.word(bytes, at + 8));
        break;
      case PACKET:
        if (end - at < 32) {
          this.#malformed('a packet block is too short');
          return;
        }
        this.#packet(bytes, at, end, this.#blocks.half(bytes, at + 8));
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
    this.#blocks.interfaceCount = 0;
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
    const snaplen = this.#blocks.word(bytes, at + 12);
    this.#blocks.interfaceCount++;
    this.#interfaces.push({ index, snaplen, ticks: new TickClock(this.#clock, resolution, offset) });
    this.#visitor.interface(index, { linkType: this.#blocks.half(bytes, at + 8), snaplen, name });
  }

  #packet(bytes: Uint8Array, at: number, end: number, id: number): void {
    const source = this.#interfaces[id];
    const caplen = this.#blocks.word(bytes, at + 20);
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
    source.ticks.set(this.#blocks.word(bytes, at + 12), this.#blocks.word(bytes, at + 16));
    this.#visitor.packet(bytes, at, at + 28, caplen, this.#blocks.word(bytes, at + 24), source.index);
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
    const origlen = this.#blocks.word(bytes, at + 8);
    const room = Math.min(end - at - 16, this.#limits.recordBytes);
    const cut = source.snaplen > 0 ? Math.min(origlen, source.snaplen) : origlen;
    if (!this.#clock.started) this.#clock.start(0);
    this.#visitor.packet(bytes, at, at + 12, Math.min(cut, room), origlen, source.index);
  }

  #statistics(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 24) return;
    const source = this.#interfaces[this.#blocks.word(bytes, at + 8)];
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
      const code = this.#blocks.half(bytes, at);
      const length = this.#blocks.half(bytes, at + 2);
      if (code === 0 || at + 4 + length > end) return;
      visit(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }

  /** The block is passed over: its length still leads to the next one. */
  #malformed(detail: string): void {
    this.#visitor.weird('malformed_block', detail);
  }

  /** In the byte order of the section, unlike the halves of a packet's time. */
  #signed64(bytes: Uint8Array, at: number): bigint {
    const first = BigInt(this.#blocks.word(bytes, at));
    const second = BigInt(this.#blocks.word(bytes, at + 4));
    const [high, low] = this.#blocks.bigEndian ? [first, second] : [second, first];
    return BigInt.asIntN(64, high * BigInt(WORD) + low);
  }
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
