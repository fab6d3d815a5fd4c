/** How classic pcap files (draft-ietf-opsawg-pcap) and their variants with longer record headers write numbers. */
import type { CaptureInterface } from './record.ts';

export const FILE_HEADER = 24;
export const LONGEST_RECORD_HEADER = 24;

interface Variant {
  nanoseconds: boolean;
  recordHeader: number;
}

/** By magic number as written; the modified ones as libwiretap knows them (wiretap/libpcap.c). */
const VARIANTS = new Map<number, Variant>([
  [0xa1b2c3d4, { nanoseconds: false, recordHeader: 16 }],
  [0xa1b23c4d, { nanoseconds: true, recordHeader: 16 }],
  [0xa1b2cd34, { nanoseconds: false, recordHeader: 24 }], // Kuznetzov: ifindex, protocol, pkt_type
  [0xa1b2c3cd, { nanoseconds: false, recordHeader: 16 }], // Navtel: hundreds of ns are not used by anyone
  [0xa1e2cb12, { nanoseconds: false, recordHeader: 16 }], // Ixia lcap without its file length
]);

export function bigEndian32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function littleEndian32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** True when `bytes` begin like a classic pcap file. */
export function isPcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && (VARIANTS.has(bigEndian32(bytes, 0)) || VARIANTS.has(littleEndian32(bytes, 0)));
}

/** What the header of one file says about its records. */
export class PcapFormat {
  readonly bigEndian: boolean;
  readonly nanosecondsPerUnit: number;
  readonly recordHeader: number;
  /** Where a record header has the captured length; that on the wire is beside it. */
  readonly caplenAt: number;
  readonly interface: CaptureInterface;

  /** The file header is `bytes[at..at + 24)`, as {@link isPcap} knows it. */
  constructor(bytes: Uint8Array, at: number) {
    this.bigEndian = VARIANTS.has(bigEndian32(bytes, at));
    const variant = VARIANTS.get(this.word(bytes, at))!;
    this.nanosecondsPerUnit = variant.nanoseconds ? 1 : 1000;
    this.recordHeader = variant.recordHeader;
    const versionAt = at + (this.bigEndian ? 7 : 6);
    // Files before version 2.3 have the lengths the other way round (libpcap, sf-pcap.c).
    this.caplenAt = bytes[versionAt]! < 3 ? 12 : 8;
    // The upper 16 bits of the last word tell the length of a frame check sequence.
    const linkType = this.word(bytes, at + 20) & 0xffff;
    this.interface = { linkType, snaplen: this.word(bytes, at + 16), name: null };
  }

  word(bytes: Uint8Array, at: number): number {
    return this.bigEndian ? bigEndian32(bytes, at) : littleEndian32(bytes, at);
  }

  caplen(bytes: Uint8Array, record: number): number {
    return this.word(bytes, record + this.caplenAt);
  }

  origlen(bytes: Uint8Array, record: number): number {
    return this.word(bytes, record + 20 - this.caplenAt);
  }

  /** Nanoseconds since the epoch. */
  time(bytes: Uint8Array, record: number): bigint {
    const fraction = this.word(bytes, record + 4) * this.nanosecondsPerUnit;
    return BigInt(this.word(bytes, record)) * 1_000_000_000n + BigInt(fraction);
  }
}
