const STEPS = 10; // to a factor of ten: quantiles are right within 26 %
const SMALLEST = 1e-6; // seconds
const BUCKETS = 10 * STEPS;

/** A histogram of durations in bounded memory. */
export class Durations {
  readonly #buckets = new Uint32Array(BUCKETS);
  count = 0;
  max = 0; // seconds

  add(seconds: number): void {
    const at = Math.floor(STEPS * Math.log10(Math.max(seconds, SMALLEST) / SMALLEST));
    this.#buckets[Math.min(BUCKETS - 1, at)]!++;
    this.count++;
    if (seconds > this.max) this.max = seconds;
  }

  /** Upper bound of the bucket that holds it, in seconds; never more than the maximum. */
  quantile(q: number): number {
    let left = Math.ceil(q * this.count);
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.#buckets[i]!;
      if (left <= 0) return Number(Math.min(this.max, SMALLEST * 10 ** ((i + 1) / STEPS)).toPrecision(3));
    }
    return this.max;
  }
}
