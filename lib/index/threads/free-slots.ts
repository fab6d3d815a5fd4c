import { BEAT, BEATS_AT, CLOSED_AT, type SharedSlots, type SlotKind } from './slots.ts';

/** The other thread takes nothing more: it has failed, or wants to know nothing. Why, it tells itself. */
export class Closed extends Error {
  override readonly name = 'Closed';
}

/** The other thread neither takes anything nor shows a sign of life: nothing is to be expected of it. */
export class Silent extends Error {
  override readonly name = 'Silent';

  constructor() {
    super('the thread that makes tables fell silent');
  }
}

const SILENCE = 30 * BEAT; // milliseconds without a sign of life

/** Slots of one kind, of which those are taken first that are used the most: their memory is there already. */
export class FreeSlots {
  readonly #kind: SlotKind;
  readonly #states: Int32Array;
  readonly #silence: number;
  /** Those in use, in the order in which they were taken: so they are freed, too. */
  readonly #taken: number[] = [];

  /** `silence`: milliseconds after which a thread is taken for dead. */
  constructor({ states }: SharedSlots, kind: SlotKind, silence = SILENCE) {
    this.#kind = kind;
    this.#states = new Int32Array(states);
    this.#silence = silence;
  }

  /** One that is in use from now on; waits, blocking, while all are. */
  take(): number {
    const slot = this.#free() ?? this.#oldest();
    Atomics.store(this.#states, this.#kind.state + slot, 1);
    const before = this.#taken.indexOf(slot);
    if (before >= 0) this.#taken.splice(before, 1);
    this.#taken.push(slot);
    return slot;
  }

  #free(): number | undefined {
    if (Atomics.load(this.#states, CLOSED_AT) === 1) throw new Closed();
    for (let slot = 0; slot < this.#kind.count; slot++) {
      if (Atomics.load(this.#states, this.#kind.state + slot) === 0) return slot;
    }
    return undefined;
  }

  #oldest(): number {
    const slot = this.#taken[0]!;
    this.#waitWhileUsed(this.#kind.state + slot);
    return slot;
  }

  #waitWhileUsed(state: number): void {
    let beats = Atomics.load(this.#states, BEATS_AT);
    while (Atomics.load(this.#states, state) === 1) {
      if (Atomics.wait(this.#states, state, 1, this.#silence) !== 'timed-out') continue;
      const now = Atomics.load(this.#states, BEATS_AT);
      if (now === beats) throw new Silent();
      beats = now;
    }
    if (Atomics.load(this.#states, CLOSED_AT) === 1) throw new Closed();
  }
}
