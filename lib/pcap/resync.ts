import type { Limits } from './limits.ts';

/**
 * Whether a record begins at `bytes[at]`, judged by itself and by what follows it up to `end`; undefined when that is
 * not enough to tell, which it always is when the file ends there.
 */
export type RecordTest = (bytes: Uint8Array, at: number, end: number, isLast: boolean) => boolean | undefined;

/** Bytes that are waited for at a time: what is held meanwhile is moved once for each. */
const STEP = 262_144;

/** Finds the place where a damaged file makes sense again. Looks at each byte a bounded number of times. */
export class Resync {
  /** Why the place was lost; null when it is not. */
  reason: string | null = null;
  /** Bytes passed over since then. */
  skipped = 0;
  /** Bytes that the search can use next. */
  needed = STEP;
  readonly #isRecord: RecordTest;
  readonly #limit: number;

  constructor(isRecord: RecordTest, limits: Limits) {
    this.#isRecord = isRecord;
    this.#limit = limits.searchedBytes;
  }

  lose(reason: string): void {
    this.reason = reason;
    this.skipped = 0;
  }

  /** True when it is not worth to look any further. */
  get isHopeless(): boolean {
    return this.skipped >= this.#limit;
  }

  /** Where a record begins, or from where on the search is to go on with more bytes. */
  find(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    const stop = Math.min(end, start + this.#limit - this.skipped);
    let at = this.skipped === 0 ? start + 1 : start; // it was lost at the first byte
    for (; at < stop; at++) {
      const verdict = this.#isRecord(bytes, at, end, isLast);
      if (verdict === undefined) break;
      if (verdict) {
        this.reason = null;
        break;
      }
    }
    at = Math.min(at, end);
    this.skipped += at - start;
    this.needed = end - at + STEP;
    return at;
  }
}
