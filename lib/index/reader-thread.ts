/** Runs as a worker thread: reads a capture on this machine and hands over what it found, to be made into tables. */
import { parentPort, workerData } from 'node:worker_threads';
import { CaptureError } from '../pcap/errors.ts';
import { startAnalysers } from './applications/index.ts';
import { followCapture } from './engine/index-capture.ts';
import { fileSource } from './engine/source.ts';
import type { ReaderMessage, ReaderTask } from './reader-messages.ts';
import { ThreadOutput } from './reader-output.ts';

const PROGRESS_BYTES = 8 * 1024 * 1024;

const { path, name, identity, slots }: ReaderTask = workerData;

function send(message: ReaderMessage): void {
  parentPort!.postMessage(message);
}

let reported = 0;
function progress(bytes: number): void {
  if (bytes - reported < PROGRESS_BYTES) return;
  reported = bytes;
  send({ kind: 'progress', bytes });
}

try {
  const source = { ...fileSource(path), name, ...(identity !== undefined && { identity }) };
  const output = new ThreadOutput(parentPort!, slots);
  const indexed = await followCapture(source, output, { analysers: startAnalysers, progress });
  send({ kind: 'done', indexed });
} catch (error) {
  if (!(error instanceof CaptureError)) throw error;
  send({ kind: 'unreadable', error: error.name, message: error.message });
}
