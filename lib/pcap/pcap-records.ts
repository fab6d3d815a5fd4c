import type { PcapFormat } from './pcap-format.ts';
import type { RecordTest } from './resync.ts';

/** Seconds; between two records that follow each other there is hardly ever more. */
export const FAR_OFF = 86_400;
/** Bytes on the wire; no packet is longer. */
const MAX_ORIGLEN = 2 ** 24;
/** Plausible headers in a row, each where the one ahead says. */
const CHAIN = 3;

/** Tells the headers of records from other bytes, by what libwiretap and pcapfix look at, too. */
export class PcapRecords {
  readonly #format: PcapFormat;
  readonly #limit: number;
  readonly #perSecond: number;
  /** Time of the last record that was certain. */
  lastSeconds = 0;

  /** `limit`: captured bytes of a record. */
  constructor(format: PcapFormat, limit: number) {
    this.#format = format;
    this.#limit = limit;
    this.#perSecond = 1e9 / format.nanosecondsPerUnit;
  }

  /**
   * Whether what follows the record at `bytes[at]` speaks for it, though its header looks wrong: some programs write
   * odd times, others odd lengths, but not both.
   */
  isFollowed(bytes: Uint8Array, at: number, next: number): boolean {
    const format = this.#format;
    const caplen = format.caplen(bytes, next);
    if (caplen > this.#limit) return false;
    const seconds = format.word(bytes, next);
    const isAfterJump = format.caplen(bytes, at) > 0 && isNear(seconds, format.word(bytes, at));
    const signs = [
      format.word(bytes, next + 4) < this.#perSecond,
      caplen > 0 && caplen <= format.origlen(bytes, next),
      isAfterJump || isNear(seconds, this.lastSeconds),
    ];
    return signs.filter(sign => sign).length >= 2;
  }

  /** Several headers in a row, or up to the end of the file: the first of them is one. */
  readonly isRecord: RecordTest = (bytes, at, end, isLast) => {
    const { recordHeader } = this.#format;
    let place = at;
    for (let count = 0; count < CHAIN; count++) {
      if (place === end && isLast) return count > 0;
      // The last record of a file may be cut off; it is not enough on its own.
      if (place + recordHeader > end) return isLast ? count > 1 && place > end : undefined;
      if (!this.#isHeader(bytes, place)) return false;
      place += recordHeader + this.#format.caplen(bytes, place);
    }
    return true;
  };

  #isHeader(bytes: Uint8Array, at: number): boolean {
    const format = this.#format;
    const caplen = format.caplen(bytes, at);
    if (caplen === 0 || caplen > this.#limit) return false;
    if (format.word(bytes, at + 4) >= this.#perSecond) return false;
    const origlen = format.origlen(bytes, at);
    return caplen <= origlen && origlen <= MAX_ORIGLEN && isNear(format.word(bytes, at), this.lastSeconds);
  }
}

function isNear(seconds: number, other: number): boolean {
  return Math.abs(seconds - other) <= FAR_OFF;
}
