const EMPTY = -1;

/** Numbers pairs of whole numbers (32 bits, not negative) in the order in which they come, up to a limit. */
export class PairIndex {
  readonly #limit: number;
  #mask = 255;
  #slots = new Int32Array(256).fill(EMPTY); // open addressing, at most half full
  #pairs = new Int32Array(256);
  count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  first(number: number): number {
    return this.#pairs[2 * number]!;
  }

  second(number: number): number {
    return this.#pairs[2 * number + 1]!;
  }

  get full(): boolean {
    return this.count === this.#limit;
  }

  /** The number of a pair, a new one when it has none; -1 when there is no more room. */
  number(first: number, second: number): number {
    let slot = this.#slot(first, second);
    const known = this.#slots[slot]!;
    if (known !== EMPTY || this.full) return known;
    if (2 * this.count >= this.#mask) {
      this.#grow();
      slot = this.#slot(first, second);
    }
    const number = this.count++;
    this.#slots[slot] = number;
    this.#pairs[2 * number] = first;
    this.#pairs[2 * number + 1] = second;
    return number;
  }

  /** Where a pair is, or would be. */
  #slot(first: number, second: number): number {
    const slots = this.#slots;
    const pairs = this.#pairs;
    const mask = this.#mask;
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]!;
      if (number === EMPTY || (pairs[2 * number] === first && pairs[2 * number + 1] === second)) return slot;
    }
  }

  #grow(): void {
    const pairs = new Int32Array(this.#pairs.length * 2);
    pairs.set(this.#pairs);
    this.#pairs = pairs;
    this.#mask = 2 * this.#mask + 1;
    this.#slots = new Int32Array(this.#mask + 1).fill(EMPTY);
    for (let number = 0; number < this.count; number++) {
      this.#slots[this.#slot(this.first(number), this.second(number))] = number;
    }
  }
}
