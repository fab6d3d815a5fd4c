import { on } from 'node:events';
import { availableParallelism } from 'node:os';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { CaptureError, NotACapture } from '../pcap/errors.ts';
import { startAnalysers } from './applications/index.ts';
import { type IndexedCapture, indexCapture } from './engine/index-capture.ts';
import { type MemberOrder, OutOfOrder } from './engine/member-order.ts';
import type { CaptureSource } from './engine/source.ts';
import type { ReaderMessage, ReaderTask } from './reader-messages.ts';
import type { TableSink } from './table.ts';

/** Below this a file is read sooner than a thread has started. */
const WORTH_A_THREAD = 128 * 1024 * 1024;
/** MiB for new objects, a third of which is used at a time: most of them are dead before it is full. */
const YOUNG_GENERATION = 48;

const FIRST_YOUNG_GENERATION = 16 * 1024 * 1024; // both of its halves

type Progress = (bytes: number) => void;

/**
 * Indexes a capture with all applications: a large file on this machine on a thread of its own, so that what
 * becomes of its tables is made at the same time.
 * @throws CaptureError when there is nothing to index at all
 * @throws OutOfOrder when it is to be called again with an `order`
 */
export async function readCapture(
  source: CaptureSource,
  sink: TableSink,
  progress: Progress = () => {},
  order?: MemberOrder,
): Promise<IndexedCapture> {
  const { path, size = 0 } = source;
  if (path !== undefined && size >= WORTH_A_THREAD && availableParallelism() > 1) {
    return await readOnThread({ ...source, path }, sink, progress, order);
  }
  return await indexCapture(source, sink, { analysers: startAnalysers, progress, ...(order && { order }) });
}

/** As {@link readCapture}, with a thread whatever the size of the file. */
export async function readOnThread(
  { path, name, identity }: CaptureSource & { path: string },
  sink: TableSink,
  progress: Progress,
  order?: MemberOrder,
): Promise<IndexedCapture> {
  const waiting = new SharedArrayBuffer(4);
  const task: ReaderTask = { path, name, identity, order, waiting };
  const worker = new Worker(readerThread(), {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
  });
  const waitingBatches = new Int32Array(waiting);
  try {
    for await (const [message] of on(worker, 'message') as AsyncIterable<[ReaderMessage]>) {
      switch (message.kind) {
        case 'batch':
          sink.write(message.batch);
          await sink.drain();
          Atomics.sub(waitingBatches, 0, 1);
          Atomics.notify(waitingBatches, 0);
          boundYoungGeneration();
          break;
        case 'progress':
          progress(message.bytes);
          break;
        case 'out of order':
          throw new OutOfOrder(message.order);
        case 'unreadable':
          throw message.error === 'NotACapture'
            ? new NotACapture(message.message)
            : new CaptureError(message.message);
        case 'done':
          return message.indexed;
      }
    }
    throw new Error(`the thread that read ${name} fell silent`);
  } finally {
    await worker.terminate();
  }
}

/**
 * V8 lets the young objects of a program's first thread take 128 MiB, and resourceLimits are for other threads only.
 * From here on the space of no thread grows further.
 */
function boundYoungGeneration(): void {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  if (young && young.space_size >= FIRST_YOUNG_GENERATION) setFlagsFromString('--semi-space-growth-factor=1');
}

/** The program of the thread lies beside this one, bundled or not. */
function readerThread(): URL {
  return new URL(
    import.meta.url.endsWith('.ts') ? './reader-thread.ts' : './reader-thread.js',
    import.meta.url,
  );
}
