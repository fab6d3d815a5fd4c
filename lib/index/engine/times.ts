import type { Clock } from '../../pcap/record.ts';

const WORD = 0x1_0000_0000;

/** Turns times on the clock of a capture into 64-bit nanoseconds since the epoch without a BigInt for each. */
export class Int64Times {
  readonly #clock: Pick<Clock, 'epochSeconds' | 'epoch' | 'unit'>;
  #epochSeconds = Number.NaN;
  #low = 0;
  #high = 0;

  constructor(clock: Pick<Clock, 'epochSeconds' | 'epoch' | 'unit'>) {
    this.#clock = clock;
  }

  /** Writes `time` as element `index` of a BigInt64Array, seen as little-endian `words`. */
  write(words: Int32Array, index: number, time: number): void {
    if (Math.abs(time) > Number.MAX_SAFE_INTEGER) {
      const exact = this.toBigInt(time);
      words[index * 2] = Number(exact & 0xffff_ffffn);
      words[index * 2 + 1] = Number(exact >> 32n);
      return;
    }
    if (this.#epochSeconds !== this.#clock.epochSeconds) this.#split();
    const upper = Math.floor(time / WORD);
    const low = this.#low + (time - upper * WORD);
    const carry = low >= WORD ? 1 : 0;
    words[index * 2] = low - carry * WORD;
    words[index * 2 + 1] = this.#high + upper + carry;
  }

  toBigInt(time: number): bigint {
    const { epoch, unit } = this.#clock;
    return epoch + BigInt(Math.round(time / unit)) * BigInt(unit);
  }

  #split(): void {
    this.#epochSeconds = this.#clock.epochSeconds;
    const epoch = this.#clock.epoch;
    this.#low = Number(epoch & 0xffff_ffffn);
    this.#high = Number(epoch >> 32n);
  }
}
