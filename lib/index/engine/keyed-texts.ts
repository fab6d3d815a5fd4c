import type { KeptTexts } from '../table.ts';

/** Texts that are kept from batch to batch; beyond that all are forgotten and made again. */
const MOST_KEPT = 1 << 15;
const SLOTS = MOST_KEPT * 2;

/**
 * Texts that stand for keys of a few integers, each made once: a dictionary for a column. Which of them a batch
 * uses is told by {@link KeyedTexts.values}.
 */
export class KeyedTexts {
  /** The texts of the current batch, by the numbers that {@link KeyedTexts.numberOf} gave. */
  values: string[] = [];
  #kept: number[] = []; // by number in the batch
  #source = {}; // of the texts since they were forgotten last
  #sourceOfBatch = this.#source;
  readonly #width: number;
  readonly #render: (key: Int32Array) => string;
  readonly #slots = new Int32Array(SLOTS).fill(-1);
  #keys: Int32Array;
  readonly #texts: string[] = [];
  /** By text: the batch that used it last, and its number therein. */
  readonly #batches = new Int32Array(MOST_KEPT);
  readonly #numbers = new Int32Array(MOST_KEPT);
  #batch = 0;

  /** `width`: integers of a key. */
  constructor(width: number, render: (key: Int32Array) => string) {
    this.#width = width;
    this.#render = render;
    this.#keys = new Int32Array(256 * width);
  }

  nextBatch(): void {
    this.values = [];
    this.#kept = [];
    this.#sourceOfBatch = this.#source;
    this.#batch++;
  }

  /** Undefined where texts were forgotten in the middle of the batch. */
  get kept(): KeptTexts | undefined {
    return this.#sourceOfBatch === this.#source ? { source: this.#source, numbers: this.#kept } : undefined;
  }

  /** The number of a key's text in the current batch. */
  numberOf(key: Int32Array): number {
    const kept = this.#find(key);
    if (this.#batches[kept] !== this.#batch) {
      this.#batches[kept] = this.#batch;
      this.#numbers[kept] = this.values.push(this.#texts[kept]!) - 1;
      this.#kept.push(kept);
    }
    return this.#numbers[kept]!;
  }

  #find(key: Int32Array): number {
    const width = this.#width;
    let hash = 0;
    for (let word = 0; word < width; word++) hash = Math.imul(hash ^ key[word]!, 0x9e3779b1) ^ (hash >>> 15);
    const slots = this.#slots;
    let slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    for (; slots[slot] !== -1; slot = (slot + 1) & (SLOTS - 1)) {
      const kept = slots[slot]!;
      if (this.#isKey(kept * width, key)) return kept;
    }
    if (this.#texts.length === MOST_KEPT) {
      this.#forget();
      return this.#find(key);
    }
    const kept = this.#texts.push(this.#render(key)) - 1;
    if ((kept + 1) * width > this.#keys.length) {
      const keys = new Int32Array(this.#keys.length * 2);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    this.#keys.set(key, kept * width);
    this.#batches[kept] = -1;
    slots[slot] = kept;
    return kept;
  }

  #isKey(at: number, key: Int32Array): boolean {
    for (let word = 0; word < this.#width; word++) if (this.#keys[at + word] !== key[word]) return false;
    return true;
  }

  #forget(): void {
    this.#texts.length = 0;
    this.#source = {};
    this.#slots.fill(-1);
  }
}
