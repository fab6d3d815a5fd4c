import { KubernetesError } from '../../lib/kubernetes/errors.ts';

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 10_000;

/**
 * Work by key: at most one run of a key at a time; what comes during a run leads to one more. A run that
 * throws is repeated, later each time.
 */
export class KeyedQueue {
  readonly #work: (key: string) => Promise<void>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #failures = new Map<string, number>();
  #closed = false;

  constructor(work: (key: string) => Promise<void>) {
    this.#work = work;
  }

  add(key: string): void {
    if (this.#closed) return;
    if (this.#running.has(key)) this.#again.add(key);
    else this.#running.set(key, this.#run(key));
  }

  /** Adds the key when the time has come; the latest call for a key counts. */
  addAfter(key: string, milliseconds: number): void {
    clearTimeout(this.#timers.get(key));
    if (this.#closed) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        this.add(key);
      },
      Math.max(0, Math.min(milliseconds, 2 ** 31 - 1)),
    );
    this.#timers.set(key, timer);
  }

  /** Starts nothing more and waits for what runs. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#running.values());
  }

  async #run(key: string): Promise<void> {
    await Promise.resolve(); // so that the run is registered before it begins
    try {
      await this.#work(key);
      this.#failures.delete(key);
    } catch (error) {
      if (!(error instanceof KubernetesError && error.retryable)) console.error(`${key}: ${error}`);
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      this.addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS));
    }
    this.#running.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }
}
