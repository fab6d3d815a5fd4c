import type { Message, Queues } from './queues.ts';

interface Polling {
  queue: string;
  batchSize: number;
  window: number; // seconds to wait for a batch to fill
  concurrency: number;
}

const IDLE = 60_000; // ms between looks at an empty queue that nobody wrote to

/** Hands batches of a queue's messages to a consumer until it is closed. */
export class Poller {
  readonly #queues: Queues;
  readonly #polling: Polling;
  readonly #consume: (batch: Message[]) => Promise<void>;
  readonly #closing = new AbortController();
  readonly #loops: Promise<void>[];
  #busy = 0;

  /** @param consume deletes what it has dealt with, and does not throw */
  constructor(queues: Queues, polling: Polling, consume: (batch: Message[]) => Promise<void>) {
    this.#queues = queues;
    this.#polling = polling;
    this.#consume = consume;
    queues.release(polling.queue);
    this.#loops = Array.from({ length: polling.concurrency }, () =>
      this.#loop().catch(error => this.#late(error)),
    );
  }

  /** Nothing to be received, and nothing received that is still being dealt with. */
  get idle(): boolean {
    return this.#busy === 0 && this.#queues.count(this.#polling.queue).visible === 0;
  }

  async close() {
    this.#closing.abort();
    await Promise.all(this.#loops);
  }

  async #loop() {
    const { queue, batchSize } = this.#polling;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const batch = this.#queues.receive(queue, batchSize);
      if (batch.length === 0) {
        await this.#queues.changed(queue, IDLE, signal);
        continue;
      }
      this.#busy++;
      try {
        await this.#fill(batch);
        if (!signal.aborted) await this.#consume(batch);
      } finally {
        this.#busy--;
      }
    }
  }

  /** Whoever is still at work after the end finds no database; its messages are there for the next process. */
  #late(error: unknown) {
    if (!this.#closing.signal.aborted) throw error;
  }

  async #fill(batch: Message[]) {
    const { queue, batchSize, window } = this.#polling;
    const deadline = Date.now() + window * 1000;
    while (batch.length < batchSize && Date.now() < deadline && !this.#closing.signal.aborted) {
      await this.#queues.changed(queue, deadline - Date.now(), this.#closing.signal);
      batch.push(...this.#queues.receive(queue, batchSize - batch.length));
    }
  }
}
