import type { Objects } from '../../storage/objects.ts';

/** A piece that waits to be stored, in memory that is used again. */
interface Piece {
  memory: Uint8Array<ArrayBuffer>;
  length: number;
}

/** An object that is written piece by piece, and stored at the same time; it appears when it is complete. */
export class GrowingObject {
  readonly key: string;
  /** Bytes so far. */
  size = 0;
  readonly #most: number;
  readonly #stored: Promise<void>;
  readonly #waiting: Piece[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  #isComplete = false;
  #isGivenUp = false;
  #failure: unknown;
  /** Called when there is something to store, and when something was stored or cannot be. */
  #wakeStore = () => {};
  #wakeWriter = () => {};

  /** `most`: bytes that may wait for a slow store. */
  constructor(objects: Objects, key: string, contentType: string, most: number) {
    this.key = key;
    this.#most = most;
    this.#stored = objects.upload(key, this.#pieces(), { contentType }).catch(error => {
      this.#failure = error;
      this.#wakeWriter();
    });
  }

  /** Keeps nothing of the bytes after it returns. */
  write(bytes: Uint8Array): void {
    this.size += bytes.length;
    const spare = this.#spare.findIndex(memory => memory.length >= bytes.length);
    const memory = spare < 0 ? new Uint8Array(bytes.length) : this.#spare.splice(spare, 1)[0]!;
    memory.set(bytes);
    this.#waiting.push({ memory, length: bytes.length });
    this.#waitingBytes += bytes.length;
    this.#wakeStore();
  }

  /** The store takes nothing more; why, `drain` and `complete` tell. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Waits until the store has taken enough of what was written. */
  async drain(): Promise<void> {
    while (this.#waitingBytes >= this.#most && this.#failure === undefined) {
      await new Promise<void>(resolve => {
        this.#wakeWriter = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Nothing more comes; waits until the store has all. */
  async complete(): Promise<void> {
    this.#isComplete = true;
    this.#wakeStore();
    await this.#stored;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Gives up; nothing of it remains in the store. */
  async abort(): Promise<void> {
    this.#isGivenUp = true;
    this.#wakeStore();
    await this.#stored;
  }

  async *#pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.#isGivenUp) throw new Error('it was given up');
      const piece = this.#waiting.shift();
      if (piece !== undefined) {
        yield piece.memory.subarray(0, piece.length);
        this.#spare.push(piece.memory);
        this.#waitingBytes -= piece.length;
        this.#wakeWriter();
      } else if (this.#isComplete) return;
      else
        await new Promise<void>(resolve => {
          this.#wakeStore = resolve;
        });
    }
  }
}
