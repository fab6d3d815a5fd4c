import { on } from 'node:events';
import { closeSync, openSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { MessageChannel, Worker } from 'node:worker_threads';
import { isCompressed } from '../../pcap/container/compressed.ts';
import { CaptureError, NotACapture } from '../../pcap/errors.ts';
import type { IndexedCapture } from '../engine/index-capture.ts';
import { type MemberOrder, OutOfOrder } from '../engine/member-order.ts';
import type { CaptureSource } from '../engine/source.ts';
import type { TableSink } from '../table.ts';
import { type InflaterTask, makeSlots, type ReaderMessage, type ReaderTask } from './messages.ts';
import { pipeControl } from './pipe.ts';
import { ReaderTables } from './reader-tables.ts';

/** Below this a file is read sooner than a thread has started; a compressed one holds several times as much. */
const WORTH_A_THREAD = 128 * 1024 * 1024;
const COMPRESSED_WORTH_A_THREAD = 16 * 1024 * 1024;
/** MiB for new objects, a third of which is used at a time: most of them are dead before it is full. */
const YOUNG_GENERATION = 24;

const FIRST_YOUNG_GENERATION = 8 * 1024 * 1024; // both of its halves

type Progress = (bytes: number) => void;
type File = CaptureSource & { path: string };

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
  if (path !== undefined && size >= COMPRESSED_WORTH_A_THREAD && availableParallelism() > 1) {
    const isWorthIt = size >= WORTH_A_THREAD || startsCompressed(path);
    if (isWorthIt) return await readOnThread({ ...source, path }, sink, progress, order);
  }
  // Not loaded where another thread does it.
  const [{ indexCapture }, { startAnalysers }] = await Promise.all([
    import('../engine/index-capture.ts'),
    import('../applications/index.ts'),
  ]);
  return await indexCapture(source, sink, { analysers: startAnalysers, progress, ...(order && { order }) });
}

/**
 * As {@link readCapture}, on a thread whatever the size of the file. A compressed one is inflated on a further thread, once:
 * not where an `order` asks for several passes.
 */
export async function readOnThread(
  { path, name, identity }: File,
  sink: TableSink,
  progress: Progress,
  order?: MemberOrder,
): Promise<IndexedCapture> {
  const failing = new AbortController();
  const inflating = !order && startsCompressed(path) ? startInflater(path, failing) : undefined;
  const slots = makeSlots(inflating !== undefined);
  const tables = new ReaderTables(sink, slots);
  const task: ReaderTask = { path, name, identity, order, slots, inflated: inflating?.inflated };
  const reader = new Worker(programOf('reader-thread'), {
    workerData: task,
    transferList: inflating ? [inflating.inflated.pipe.port] : [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
  });
  try {
    const messages = on(reader, 'message', { signal: failing.signal }) as AsyncIterable<[ReaderMessage]>;
    for await (const [message] of messages) {
      switch (message.kind) {
        case 'flows':
        case 'packets':
        case 'batch':
          await tables.take(message);
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
  } catch (error) {
    throw failing.signal.aborted ? failing.signal.reason : error;
  } finally {
    await Promise.all([reader.terminate(), inflating?.worker.terminate()]);
  }
}

/** `failing` is aborted should the thread fail: the reader would wait for it for ever. */
function startInflater(path: string, failing: AbortController) {
  const { port1, port2 } = new MessageChannel();
  const control = pipeControl();
  const consumed = new SharedArrayBuffer(8);
  const task: InflaterTask = { path, consumed, pipe: { control, port: port1 } };
  const worker = new Worker(programOf('inflater-thread'), { workerData: task, transferList: [port1] });
  worker.on('error', error => failing.abort(error));
  return { worker, inflated: { consumed, pipe: { control, port: port2 } } };
}

function startsCompressed(path: string): boolean {
  const head = new Uint8Array(4);
  const descriptor = openSync(path, 'r');
  try {
    return isCompressed(head.subarray(0, readSync(descriptor, head)));
  } finally {
    closeSync(descriptor);
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

/** The programs of the threads lie beside this one, bundled or not. */
function programOf(thread: string): URL {
  return new URL(`./${thread}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}
