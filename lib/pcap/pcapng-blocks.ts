import { bigEndian32, littleEndian32 } from './pcap-format.ts';
import type { RecordTest } from './resync.ts';

/** Bytes of the shortest block: type, length, and length again. */
export const HEADER = 12;

export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const PACKET = 2; // obsolete
export const SIMPLE_PACKET = 3;
export const INTERFACE_STATISTICS = 5;
export const ENHANCED_PACKET = 6;

const DECRYPTION_SECRETS = 10;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Custom blocks, and Apple's of processes. */
const OTHER_TYPES = [0x0bad, 0x4000_0bad, 0x8000_0001];
/** Headers, options and padding around the data of a packet. */
const PACKET_OVERHEAD = 65_536 + 64;

/** Tells the blocks of a pcapng section from other bytes. */
export class PcapngBlocks {
  bigEndian = false;
  /** Interfaces that the section has described. */
  interfaceCount = 0;
  /** Bytes of a block with a packet, at most. */
  readonly limit: number;

  /** `recordBytes`: bytes of a packet. */
  constructor(recordBytes: number) {
    this.limit = recordBytes + PACKET_OVERHEAD;
  }

  word(bytes: Uint8Array, at: number): number {
    return this.bigEndian ? bigEndian32(bytes, at) : littleEndian32(bytes, at);
  }

  half(bytes: Uint8Array, at: number): number {
    return this.bigEndian ? (bytes[at]! << 8) | bytes[at + 1]! : bytes[at]! | (bytes[at + 1]! << 8);
  }

  /** True for a type that the specification knows, whatever the length of such a block. */
  isRegistered(type: number): boolean {
    return isStandard(type) || type === SECTION_HEADER || OTHER_TYPES.includes(type);
  }

  endsAsItBegins(bytes: Uint8Array, at: number, length: number): boolean {
    return this.word(bytes, at + length - 4) === length;
  }

  /** Whether a block can begin at `bytes[at]`, or the file ends there. */
  isFollowed(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < HEADER || isSectionHeader(bytes, at)) return true;
    return this.isRegistered(this.word(bytes, at)) && this.#isLength(this.word(bytes, at + 4));
  }

  /** A block with packets or interfaces whose two lengths agree, and behind which another one can begin. */
  readonly isRecord: RecordTest = (bytes, at, end, isLast) => {
    if (end - at < HEADER) return isLast ? false : undefined;
    const bigEndian = this.bigEndian;
    const isSection = isSectionHeader(bytes, at);
    if (isSection) this.bigEndian = bytes[at + 8] === 0x1a;
    const verdict = isSection || this.#isPlausible(bytes, at) ? this.#isWhole(bytes, at, end, isLast) : false;
    if (verdict !== true) this.bigEndian = bigEndian;
    return verdict;
  };

  #isPlausible(bytes: Uint8Array, at: number): boolean {
    const type = this.word(bytes, at);
    if (type === ENHANCED_PACKET) return this.word(bytes, at + 8) < this.interfaceCount;
    return isStandard(type);
  }

  #isWhole(bytes: Uint8Array, at: number, end: number, isLast: boolean): boolean | undefined {
    const length = this.word(bytes, at + 4);
    if (!this.#isLength(length)) return false;
    const next = at + length;
    if (next > end || (end - next < HEADER && !isLast)) return isLast ? false : undefined;
    return this.endsAsItBegins(bytes, at, length) && this.isFollowed(bytes, next, end);
  }

  #isLength(length: number): boolean {
    return length >= HEADER && length <= this.limit && length % 4 === 0;
  }
}

export function isSectionHeader(bytes: Uint8Array, at: number): boolean {
  if (bigEndian32(bytes, at) !== SECTION_HEADER) return false;
  return (
    bigEndian32(bytes, at + 8) === BYTE_ORDER_MAGIC || littleEndian32(bytes, at + 8) === BYTE_ORDER_MAGIC
  );
}

function isStandard(type: number): boolean {
  return type >= INTERFACE_DESCRIPTION && type <= DECRYPTION_SECRETS;
}
