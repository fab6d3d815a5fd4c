/** Runs as a worker thread: reads a capture on this machine and hands over what it found, to be made into tables. */
import { parentPort, workerData } from 'node:worker_threads';
import { CaptureError } from '../../pcap/errors.ts';
import { startAnalysers } from '../applications/index.ts';
import { followCapture, type IndexedCapture } from '../engine/index-capture.ts';
import { OutOfOrder } from '../engine/member-order.ts';
import { fileSource } from '../engine/source.ts';
import { InflatedSource } from './inflated-source.ts';
import type { ReaderMessage, ReaderTask } from './messages.ts';
import { ThreadOutput } from './reader-output.ts';

const PROGRESS_BYTES = 32 * 1024 * 1024;

const { path, name, identity, order, slots, inflated }: ReaderTask = workerData;
const output = new ThreadOutput(parentPort!, slots);

function send(message: ReaderMessage): void {
  parentPort!.postMessage(message);
}

let reported = 0;
function progress(bytes: number): void {
  if (bytes - reported < PROGRESS_BYTES) return;
  reported = bytes;
  send({ kind: 'progress', bytes });
}

async function readFile(): Promise<IndexedCapture> {
  const source = { ...fileSource(path), name, ...(identity !== undefined && { identity }) };
  return await followCapture(source, output, {
    analysers: startAnalysers,
    progress,
    ...(order && { order }),
  });
}

async function readInflated(from: NonNullable<ReaderTask['inflated']>): Promise<IndexedCapture> {
  const source = new InflatedSource(path, name, identity, from);
  const options = { analysers: startAnalysers, progress: () => progress(source.consumed) };
  try {
    return { ...(await followCapture(source, output, options)), gzip: source.gzip };
  } catch (error) {
    if (!(error instanceof OutOfOrder)) throw error;
    throw new OutOfOrder({ ...error.order, gzip: source.gzip });
  }
}

try {
  send({ kind: 'done', indexed: inflated ? await readInflated(inflated) : await readFile() });
} catch (error) {
  if (error instanceof OutOfOrder) send({ kind: 'out of order', order: error.order });
  else if (!(error instanceof CaptureError)) throw error;
  else send({ kind: 'unreadable', error: error.name, message: error.message });
}
