/** Classic pcap: one packet after the other. */
import type { Limits } from './limits.ts';
import { bigEndian32, FILE_HEADER, littleEndian32, PcapFormat } from './pcap-format.ts';
import type { Clock, RecordReader, RecordVisitor } from './record.ts';

export class PcapReader implements RecordReader {
  needed = FILE_HEADER;
  failure: string | null = null;
  readonly #visitor: RecordVisitor;
  readonly #clock: Clock;
  readonly #limit: number;
  #format: PcapFormat | undefined;

  constructor(visitor: RecordVisitor, clock: Clock, limits: Limits) {
    this.#visitor = visitor;
    this.#clock = clock;
    this.#limit = limits.recordBytes;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#format === undefined) {
      if (end - at < FILE_HEADER) return at;
      this.#format = this.#readFileHeader(bytes, at);
      at += FILE_HEADER;
    }
    const { bigEndian, nanosecondsPerUnit: perUnit, recordHeader: headerLength, caplenAt } = this.#format;
    const visitor = this.#visitor;
    const clock = this.#clock;
    const limit = this.#limit;
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

  #readFileHeader(bytes: Uint8Array, at: number): PcapFormat {
    const format = new PcapFormat(bytes, at);
    this.#clock.unit = Math.min(this.#clock.unit, format.nanosecondsPerUnit);
    this.#visitor.interface(0, format.interface);
    return format;
  }
}
