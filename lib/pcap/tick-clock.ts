import type { Clock } from './record.ts';

const WORD = 0x1_0000_0000;
const LAST_SECOND = 253_402_300_799n; // year 9999

/** Turns the timestamps of a pcapng interface, counted in units of its own, into times on the capture's clock. */
export class TickClock {
  readonly #clock: Clock;
  readonly #perSecond: bigint;
  readonly #offset: bigint;
  readonly #nanosecondsPerTick: number;
  #high = -1;
  #low = 0;

  /** `resolution` and `offset` as the options if_tsresol and if_tsoffset have them. */
  constructor(clock: Clock, resolution: number, offset: bigint) {
    this.#clock = clock;
    const exponent = resolution & 0x7f;
    this.#perSecond = (resolution & 0x80) !== 0 ? 2n ** BigInt(exponent) : 10n ** BigInt(exponent);
    this.#offset = offset;
    this.#nanosecondsPerTick = 1e9 / Number(this.#perSecond);
    if (this.#nanosecondsPerTick % 1000 !== 0) clock.unit = 1;
  }

  /** Sets the clock to a time given as the upper and lower 32 bits of a number of ticks. */
  set(high: number, low: number): void {
    if (this.#high === -1) this.#begin(high, low);
    const ticks = (high - this.#high) * WORD + (low - this.#low);
    this.#clock.now[0] = ticks * this.#nanosecondsPerTick;
  }

  /** Finds the tick of the clock's time 0: differences to it are small enough for exact arithmetic. */
  #begin(high: number, low: number): void {
    if (!this.#clock.started) {
      const seconds = (BigInt(high) * BigInt(WORD) + BigInt(low)) / this.#perSecond + this.#offset;
      this.#clock.start(Number(seconds < 0n ? 0n : seconds > LAST_SECOND ? LAST_SECOND : seconds));
    }
    const zero = (BigInt(this.#clock.epochSeconds) - this.#offset) * this.#perSecond;
    this.#high = Number(zero / BigInt(WORD));
    this.#low = Number(zero % BigInt(WORD));
  }
}
