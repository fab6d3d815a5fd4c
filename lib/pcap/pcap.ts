/** Classic pcap (draft-ietf-opsawg-pcap) and its variants with longer record headers. */
import type { Limits } from './limits.ts';
import type { Clock, RecordReader, RecordVisitor } from './record.ts';

const FILE_HEADER = 24;

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

function bigEndian32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function littleEndian32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** True when `bytes` begin like a classic pcap file. */
export function isPcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && (VARIANTS.has(bigEndian32(bytes, 0)) || VARIANTS.has(littleEndian32(bytes, 0)));
}

export class PcapReader implements RecordReader {
  needed = FILE_HEADER;
  failure: string | null = null;
  readonly #visitor: RecordVisitor;
  readonly #clock: Clock;
  readonly #limit: number;
  #bigEndian = false;
  #nanosecondsPerUnit = 1000;
  #recordHeader = 0;
  /** Where a record header has the captured length; that on the wire is beside it. */
  #caplenAt = 8;

  constructor(visitor: RecordVisitor, clock: Clock, limits: Limits) {
    this.#visitor = visitor;
    this.#clock = clock;
    this.#limit = limits.recordBytes;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#recordHeader === 0) {
      if (end - at < FILE_HEADER) return at;
      this.#readFileHeader(bytes, at);
      at += FILE_HEADER;
    }
    const visitor = this.#visitor;
    const clock = this.#clock;
    const bigEndian = this.#bigEndian;
    const perUnit = this.#nanosecondsPerUnit;
    const headerLength = this.#recordHeader;
    const limit = this.#limit;
    const caplenAt = this.#caplenAt;
    const origlenAt = 20 - caplenAt;
    while (end - at >= headerLength) {
      let seconds: number;
      let fraction: number;
      let caplen: number;
      let origlen: number;
      if (bigEndian) {
        seconds = bigEndian32(bytes, at);
        fraction = bigEndian32(bytes, at + 4);
        caplen = bigEndian32(bytes, at + caplenAt);
        origlen = bigEndian32(bytes, at + origlenAt);
      } else {
        seconds = littleEndian32(bytes, at);
        fraction = littleEndian32(bytes, at + 4);
        caplen = littleEndian32(bytes, at + caplenAt);
        origlen = littleEndian32(bytes, at + origlenAt);
      }
      if (caplen > limit) {
        this.failure = `bad_caplen: a record claims ${caplen} captured bytes, more than ${limit}`;
        return at;
      }
      const next = at + headerLength + caplen;
      if (next > end) {
        this.needed = headerLength + caplen;
        return at;
      }
      if (!clock.started) clock.start(seconds);
      clock.now[0] = (seconds - clock.epochSeconds) * 1e9 + fraction * perUnit;
      visitor.packet(bytes, at, at + headerLength, caplen, origlen, 0);
      at = next;
    }
    this.needed = headerLength;
    return at;
  }

  #readFileHeader(bytes: Uint8Array, at: number): void {
    this.#bigEndian = VARIANTS.has(bigEndian32(bytes, at));
    const read = this.#bigEndian ? bigEndian32 : littleEndian32;
    const variant = VARIANTS.get(read(bytes, at))!;
    this.#nanosecondsPerUnit = variant.nanoseconds ? 1 : 1000;
    this.#clock.unit = Math.min(this.#clock.unit, this.#nanosecondsPerUnit);
    this.#recordHeader = variant.recordHeader;
    const versionAt = at + (this.#bigEndian ? 7 : 6);
    // Files before version 2.3 have the lengths the other way round (libpcap, sf-pcap.c).
    this.#caplenAt = bytes[versionAt]! < 3 ? 12 : 8;
    // The upper 16 bits of the last word tell the length of a frame check sequence.
    this.#visitor.interface(0, {
      linkType: read(bytes, at + 20) & 0xffff,
      snaplen: read(bytes, at + 16),
      name: null,
    });
  }
}
