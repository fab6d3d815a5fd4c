import { on } from 'node:events';
import { availableParallelism } from 'node:os';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { MessageChannel, Worker } from 'node:worker_threads';
import { isCompressed, isGzip } from '../../pcap/container/compressed.ts';
import { MEMBER_BYTES } from '../../pcap/container/gzip-member.ts';
import { startsWithShortMember } from '../../pcap/container/gzip-pieces.ts';
import { CaptureError, NotACapture } from '../../pcap/errors.ts';
import type { IndexedCapture } from '../engine/index-capture.ts';
import { type MemberOrder, OutOfOrder } from '../engine/member-order.ts';
import { type CaptureSource, readHead } from '../engine/source.ts';
import type { TableSink } from '../table.ts';
import type { InflaterTask, ReaderMessage, ReaderTask } from './messages.ts';
import { type PipeEnd, pipeControl } from './pipe.ts';
import { ReaderTables } from './reader-tables.ts';
import { programOf, takeReader, WORTH_A_THREAD } from './reader-worker.ts';

/** As WORTH_A_THREAD, of a compressed file. */
const COMPRESSED_WORTH_A_THREAD = 16 * 1024 * 1024;
/** MiB: it makes hardly any object, but would let the few of them lie. */
const YOUNG_GENERATION_OF_INFLATER = 3;
/** Reading cannot keep up with more. */
const MOST_INFLATERS = 3;

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
 * As {@link readCapture}, on a thread whatever the size of the file. A compressed one is inflated on further threads, once:
 * not where an `order` asks for several passes.
 */
export async function readOnThread(
  { path, name, identity }: File,
  sink: TableSink,
  progress: Progress,
  order?: MemberOrder,
): Promise<IndexedCapture> {
  const failing = new AbortController();
  const inflating = !order && startsCompressed(path) ? startInflaters(path, failing) : undefined;
  const tables = new ReaderTables(sink, inflating !== undefined);
  const task: ReaderTask = {
    path,
    name,
    identity,
    order,
    slots: tables.slots,
    inflated: inflating?.inflated,
  };
  const reader = takeReader();
  reader.postMessage(task, inflating?.inflated.pipes.map(({ port }) => port) ?? []);
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
    await Promise.all([reader, ...(inflating?.workers ?? [])].map(worker => worker.terminate()));
    tables.close(); // no one writes to its memory any more
  }
}

/** `failing` is aborted should a thread fail: the reader would wait for it for ever. */
function startInflaters(path: string, failing: AbortController) {
  const consumed = new SharedArrayBuffer(8);
  const shares = sharesOf(path);
  const pipes: PipeEnd[] = [];
  const workers = Array.from({ length: shares }, (_, share) => {
    const { port1, port2 } = new MessageChannel();
    const control = pipeControl();
    pipes.push({ control, port: port2 });
    const task: InflaterTask = { path, consumed, pipe: { control, port: port1 }, share, shares };
    const worker = new Worker(programOf('inflater-thread'), {
      workerData: task,
      transferList: [port1],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_OF_INFLATER },
    });
    worker.on('error', error => failing.abort(error));
    return worker;
  });
  return { workers, inflated: { consumed, pipes } };
}

/** How many threads can inflate parts of a file: an archive of ours can be taken up anywhere, others seldom. */
function sharesOf(path: string): number {
  const head = readHead(path, MEMBER_BYTES);
  return isGzip(head) && startsWithShortMember(head) ? Math.min(MOST_INFLATERS, availableParallelism()) : 1;
}

function startsCompressed(path: string): boolean {
  return isCompressed(readHead(path, 4));
}

/**
 * V8 lets the young objects of a program's first thread take 128 MiB, and resourceLimits are for other threads only.
 * From here on the space of no thread grows further.
 */
function boundYoungGeneration(): void {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  if (young && young.space_size >= FIRST_YOUNG_GENERATION) setFlagsFromString('--semi-space-growth-factor=1');
}
