/** Classic pcap: one packet after the other. */
import type { Limits } from './limits.ts';
import { bigEndian32, FILE_HEADER, littleEndian32, PcapFormat } from './pcap-format.ts';
import { FAR_OFF, PcapRecords } from './pcap-records.ts';
import type { Clock, PcapRun, RecordReader, RecordVisitor } from './record.ts';
import { Resync } from './resync.ts';

/** Records that must have been read before one is doubted: fewer do not tell what those of the file are like. */
const KNOWN_RECORDS = 32;
/** Captured bytes that no snap length is needed for. */
const USUAL_SNAPLEN = 65_535;

type Verdict = 'record' | 'wait' | 'lost';

export class PcapReader implements RecordReader {
  needed = FILE_HEADER;
  failure: string | null = null;
  readonly #visitor: RecordVisitor;
  readonly #clock: Clock;
  readonly #limits: Limits;
  #format: PcapFormat | undefined;
  // Made with the format.
  #headers!: PcapRecords;
  #resync!: Resync;
  #recordCount = 0;
  #isLast = false;

  constructor(visitor: RecordVisitor, clock: Clock, limits: Limits) {
    this.#visitor = visitor;
    this.#clock = clock;
    this.#limits = limits;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#format === undefined) {
      if (end - at < FILE_HEADER) return at;
      this.#format = this.#readFileHeader(bytes, at);
      at += FILE_HEADER;
    }
    for (;;) {
      at = this.#readRecords(this.#format, bytes, at, end);
      if (this.#resync.reason === null) return at;
      at = this.#findRecord(this.#resync.reason, bytes, at, end);
      if (this.#resync.reason !== null) return at;
    }
  }

  end(bytes: Uint8Array, start: number, end: number): number {
    this.#isLast = true;
    return this.read(bytes, start, end);
  }

  #readRecords(format: PcapFormat, bytes: Uint8Array, start: number, end: number): number {
    if (this.#resync.reason !== null) return start;
    const visitor = this.#visitor;
    const clock = this.#clock;
    const { bigEndian, nanosecondsPerUnit: perUnit, recordHeader: headerLength, caplenAt } = format;
    const perSecond = 1e9 / perUnit;
    const { snaplen } = format.interface;
    const usual = snaplen === 0 ? this.#limits.recordBytes : Math.max(snaplen, USUAL_SNAPLEN);
    const usualCaplen = Math.min(usual, this.#limits.recordBytes);
    const origlenAt = 20 - caplenAt;
    const isRun = visitor.takeRun !== undefined && !bigEndian && caplenAt === 8;
    const run: PcapRun = {
      recordHeader: headerLength,
      perSecond,
      mostCaplen: usualCaplen,
      lastSeconds: 0,
      count: 0,
    };
    let lastSeconds = this.#headers.lastSeconds;
    let count = this.#recordCount;
    let at = start;
    this.needed = headerLength;
    while (end - at >= headerLength) {
      if (isRun && clock.started) {
        run.lastSeconds = lastSeconds;
        at = visitor.takeRun!(bytes, at, end, run);
        lastSeconds = run.lastSeconds;
        if (end - at < headerLength) break;
      }
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
      const isOdd =
        caplen > usualCaplen ||
        caplen > origlen ||
        fraction >= perSecond ||
        Math.abs(seconds - lastSeconds) > FAR_OFF;
      if (isOdd) {
        this.#headers.lastSeconds = lastSeconds;
        const verdict = this.#judge(bytes, at, end, headerLength, caplen, count + run.count);
        if (verdict !== 'record') break;
      }
      const next = at + headerLength + caplen;
      if (next > end) {
        this.needed = headerLength + caplen;
        break;
      }
      if (!clock.started) clock.start(seconds);
      clock.now[0] = (seconds - clock.epochSeconds) * 1e9 + fraction * perUnit;
      visitor.packet(bytes, at, at + headerLength, caplen, origlen, 0);
      lastSeconds = seconds;
      count++;
      at = next;
    }
    this.#headers.lastSeconds = lastSeconds;
    this.#recordCount = count + run.count;
    return at;
  }

  /** Whether a record with an odd header is one. */
  #judge(
    bytes: Uint8Array,
    at: number,
    end: number,
    headerLength: number,
    caplen: number,
    count: number,
  ): Verdict {
    const limit = this.#limits.recordBytes;
    const isKnown = count >= KNOWN_RECORDS;
    if (caplen > limit) {
      const reason = `bad_caplen: a record claims ${caplen} captured bytes, more than ${limit}`;
      if (isKnown) this.#resync.lose(reason);
      else this.failure = reason;
      return 'lost';
    }
    if (!isKnown) return 'record';
    const next = at + headerLength + caplen;
    if (next + headerLength > end && !this.#isLast) {
      this.needed = next + headerLength - at;
      return 'wait';
    }
    const isRecord = next + headerLength > end ? next <= end : this.#headers.isFollowed(bytes, at, next);
    if (isRecord) return 'record';
    this.#resync.lose('bad_record_header: time or length of a record cannot be, and none follows it');
    return 'lost';
  }

  #findRecord(reason: string, bytes: Uint8Array, start: number, end: number): number {
    const resync = this.#resync;
    const at = resync.find(bytes, start, end, this.#isLast);
    if (resync.reason === null) this.#visitor.skipped(reason, resync.skipped);
    else if (this.#isLast || resync.isHopeless) this.failure = reason;
    this.needed = resync.needed;
    return at;
  }

  #readFileHeader(bytes: Uint8Array, at: number): PcapFormat {
    const format = new PcapFormat(bytes, at);
    this.#headers = new PcapRecords(format, this.#limits.recordBytes);
    this.#resync = new Resync(this.#headers.isRecord, this.#limits);
    this.#clock.unit = Math.min(this.#clock.unit, format.nanosecondsPerUnit);
    this.#visitor.interface(0, format.interface);
    return format;
  }
}
