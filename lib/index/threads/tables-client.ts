import type { Worker } from 'node:worker_threads';
import type { IndexedCapture } from '../engine/follow-capture.ts';
import { type MemberOrder, OutOfOrder } from '../engine/member-order.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { CaptureSummary } from '../summary.ts';
import { Closed, Silent } from './free-slots.ts';
import type { ReaderMessage, TablesMessage, TablesTask } from './messages.ts';
import { type Receiver, ThreadOutput } from './thread-output.ts';

type Read = (output: ThreadOutput, order: MemberOrder | undefined) => Promise<IndexedCapture>;

/** The thread that makes tables, for the one that reads. */
export class TablesClient {
  readonly #worker: Worker;
  /** What `indexFile` gave there. */
  readonly summary: Promise<CaptureSummary | undefined>;
  readonly #output: ThreadOutput;

  /** `kernel`: in whose memory the slots of the task are. */
  constructor(worker: Worker, task: TablesTask, kernel: Kernel) {
    this.#worker = worker;
    this.summary = new Promise((resolve, reject) => {
      worker.on('message', (message: TablesMessage) => {
        if (message.kind === 'indexed') resolve(message.summary);
        if (message.kind === 'failed') reject(message.error);
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('the thread that makes tables has ended')));
    });
    const begun = new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      const close = () => reject(new Closed());
      this.summary.then(close, close);
    });
    begun.catch(() => {}); // it may be that nothing is found to tell of
    const receiver: Receiver = { begun, postMessage: message => worker.postMessage(message) };
    this.#output = new ThreadOutput(receiver, kernel, task.slots);
    worker.postMessage(task);
  }

  /**
   * Reads the file, once more when its captures are out of order. Returns when nothing more is wanted; what `read` throws
   * goes on when the other thread has tidied up.
   */
  async serve(read: Read): Promise<void> {
    let outcome: Outcome = {};
    do {
      this.#output.begin();
      outcome = await attempt(read, this.#output, outcome.order);
      if (outcome.message === undefined) return;
      this.#worker.postMessage(outcome.message);
    } while (outcome.order !== undefined);
    if (outcome.failure === undefined) return;
    if (!(outcome.failure instanceof Silent)) await this.summary.catch(() => {});
    throw outcome.failure;
  }
}

/** Of one reading. Without a message nobody wants to know. */
interface Outcome {
  message?: ReaderMessage;
  order?: MemberOrder; // in which it has to be read once more
  failure?: unknown;
}

async function attempt(read: Read, output: ThreadOutput, order?: MemberOrder): Promise<Outcome> {
  try {
    return { message: { kind: 'done', indexed: await read(output, order) } };
  } catch (error) {
    if (error instanceof Closed) return {};
    if (error instanceof OutOfOrder)
      return { message: { kind: 'out of order', order: error.order }, order: error.order };
    const message = error instanceof Error ? error.message : String(error);
    return { message: { kind: 'failed', message }, failure: error };
  }
}
