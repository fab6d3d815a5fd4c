/** Runs as a worker thread: reads a capture on this machine and sends the tables of its index, batch by batch. */
import { parentPort, workerData } from 'node:worker_threads';
import { CaptureError } from '../pcap/errors.ts';
import { startAnalysers } from './applications/index.ts';
import { indexCapture } from './engine/index-capture.ts';
import { OutOfOrder } from './engine/member-order.ts';
import { fileSource } from './engine/source.ts';
import { MAX_WAITING, type ReaderMessage, type ReaderTask } from './reader-messages.ts';
import type { Batch, Column, TableSink } from './table.ts';

const PROGRESS_BYTES = 8 * 1024 * 1024;

const { path, name, identity, order, waiting }: ReaderTask = workerData;
const waitingBatches = new Int32Array(waiting);

function send(message: ReaderMessage): void {
  parentPort!.postMessage(message);
}

type Values = Int32Array | BigInt64Array | Float64Array | Uint8Array;

/** Typed arrays change hands: one copy, as the batch keeps its own for the next one, instead of four. */
function sendBatch({ table, rows, columns }: Batch): void {
  const buffers: ArrayBufferLike[] = [];
  const moved = (column: Column) => {
    const parts = Object.entries(column).map(([part, held]: [string, Values | unknown[] | number]) => {
      if (Array.isArray(held) || typeof held === 'number') return [part, held];
      const copy = held.slice();
      buffers.push(copy.buffer);
      return [part, copy];
    });
    return Object.fromEntries(parts) as Column;
  };
  const sent = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, moved(column)]));
  const message: ReaderMessage = { kind: 'batch', batch: { table, rows, columns: sent } };
  parentPort!.postMessage(message, buffers as ArrayBuffer[]);
}

const sink: TableSink = {
  write(batch) {
    Atomics.add(waitingBatches, 0, 1);
    sendBatch(batch);
  },
  async drain() {
    for (;;) {
      const count = Atomics.load(waitingBatches, 0);
      if (count <= MAX_WAITING) return;
      Atomics.wait(waitingBatches, 0, count);
    }
  },
};

let reported = 0;
function progress(bytes: number): void {
  if (bytes - reported < PROGRESS_BYTES) return;
  reported = bytes;
  send({ kind: 'progress', bytes });
}

try {
  const source = { ...fileSource(path), name, ...(identity !== undefined && { identity }) };
  const options = { analysers: startAnalysers, progress, ...(order && { order }) };
  const indexed = await indexCapture(source, sink, options);
  send({ kind: 'done', indexed });
} catch (error) {
  if (error instanceof OutOfOrder) send({ kind: 'out of order', order: error.order });
  else if (!(error instanceof CaptureError)) throw error;
  else send({ kind: 'unreadable', error: error.name, message: error.message });
}
