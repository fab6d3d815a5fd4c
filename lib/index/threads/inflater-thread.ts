/** Runs as a worker thread: inflates a compressed file on this machine, ahead of the thread that reads the capture. */
import { parentPort, workerData } from 'node:worker_threads';
import { inflateOutermost } from '../../pcap/container/open.ts';
import { TruncatedArchive } from '../../pcap/container/truncated.ts';
import { DEFAULT_LIMITS } from '../../pcap/limits.ts';
import { fileSource } from '../engine/source.ts';
import type { InflaterNews, InflaterTask } from './messages.ts';
import { Ring } from './ring.ts';

const { path, ring: memory, consumed, port }: InflaterTask = workerData;
const ring = new Ring(memory);
const count = new BigInt64Array(consumed);

async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count[0] = count[0]! + BigInt(chunk.length);
    yield chunk;
  }
}

function tell(news: InflaterNews): void {
  port.postMessage(news);
}

try {
  const onMember = (compressed: number, inflated: number) => tell({ kind: 'member', compressed, inflated });
  const pieces = inflateOutermost(counted(fileSource(path).stream()), DEFAULT_LIMITS, onMember);
  for await (const piece of pieces) ring.write(piece);
} catch (error) {
  if (!(error instanceof TruncatedArchive)) throw error;
  tell({ kind: 'failure', message: error.message });
}
ring.end();
parentPort!.close();
