/** Runs as a worker thread: reads a capture on this machine and hands over what it found, to be made into tables. */
import { parentPort } from 'node:worker_threads';
import { CaptureError } from '../../pcap/errors.ts';
import { startAnalysers } from '../applications/index.ts';
import { followCapture, type IndexedCapture } from '../engine/index-capture.ts';
import { OutOfOrder } from '../engine/member-order.ts';
import { fileSource } from '../engine/source.ts';
import { InflatedSource } from './inflated-source.ts';
import type { ReaderMessage, ReaderTask } from './messages.ts';
import { ThreadOutput } from './reader-output.ts';

const PROGRESS_BYTES = 32 * 1024 * 1024;

// Its task comes once the rest of the program is loaded; one is all that it takes.
parentPort!.once('message', (task: ReaderTask) => void read(task));

function send(message: ReaderMessage): void {
  parentPort!.postMessage(message);
}

let reported = 0;
function progress(bytes: number): void {
  if (bytes - reported < PROGRESS_BYTES) return;
  reported = bytes;
  send({ kind: 'progress', bytes });
}

async function read(task: ReaderTask): Promise<void> {
  try {
    const { inflated } = task;
    send({ kind: 'done', indexed: inflated ? await readInflated(task, inflated) : await readFile(task) });
  } catch (error) {
    if (error instanceof OutOfOrder) send({ kind: 'out of order', order: error.order });
    else if (!(error instanceof CaptureError)) throw error;
    else send({ kind: 'unreadable', error: error.name, message: error.message });
  }
}

async function readFile({ path, name, identity, order, slots }: ReaderTask): Promise<IndexedCapture> {
  const source = { ...fileSource(path), name, ...(identity !== undefined && { identity }) };
  return await followCapture(source, new ThreadOutput(parentPort!, slots), {
    analysers: startAnalysers,
    progress,
    ...(order && { order }),
  });
}

async function readInflated(
  { path, name, identity, slots }: ReaderTask,
  inflated: NonNullable<ReaderTask['inflated']>,
): Promise<IndexedCapture> {
  const source = new InflatedSource(path, name, identity, inflated);
  const options = { analysers: startAnalysers, progress: () => progress(source.consumed) };
  try {
    const indexed = await followCapture(source, new ThreadOutput(parentPort!, slots), options);
    return { ...indexed, gzip: source.gzip };
  } catch (error) {
    if (!(error instanceof OutOfOrder)) throw error;
    throw new OutOfOrder({ ...error.order, gzip: source.gzip });
  }
}
