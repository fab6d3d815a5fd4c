/** Runs as a worker thread: inflates a compressed file on this machine, ahead of the thread that reads the capture. */
import { workerData } from 'node:worker_threads';
import { inflateOutermost } from '../../pcap/container/open.ts';
import { TruncatedArchive } from '../../pcap/container/truncated.ts';
import { DEFAULT_LIMITS } from '../../pcap/limits.ts';
import { fileSource } from '../engine/source.ts';
import type { InflaterNews, InflaterTask } from './messages.ts';
import { PipeWriter } from './pipe.ts';

/** Read at a time: zlib works on so much without asking for more. */
const INPUT_BYTES = 1 << 21;

const { path, pipe: end, consumed }: InflaterTask = workerData;
const pipe = new PipeWriter<InflaterNews>(end);
const count = new BigInt64Array(consumed);

async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count[0] = count[0]! + BigInt(chunk.length);
    yield chunk;
  }
}

try {
  const onMember = (compressed: number, inflated: number) =>
    pipe.tell({ kind: 'member', compressed, inflated });
  const pieces = inflateOutermost(counted(fileSource(path, INPUT_BYTES).stream()), DEFAULT_LIMITS, onMember);
  for await (const piece of pieces) pipe.write(piece);
} catch (error) {
  if (!(error instanceof TruncatedArchive)) throw error;
  pipe.tell({ kind: 'failure', message: error.message });
}
pipe.end();
