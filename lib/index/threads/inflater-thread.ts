/** Runs as a worker thread: inflates a compressed file on this machine, ahead of the thread that reads the capture. */
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Chunks } from '../../pcap/chunks.ts';
import { HEADER_BYTES } from '../../pcap/container/gzip-header.ts';
import { inflateParts, type PartedFile } from '../../pcap/container/gzip-parts.ts';
import { inflateOutermost } from '../../pcap/container/open.ts';
import { TruncatedArchive } from '../../pcap/container/truncated.ts';
import { DEFAULT_LIMITS } from '../../pcap/limits.ts';
import { keepCode } from '../../programs/loader.ts';
import { readFrom, readHead } from '../engine/source.ts';
import type { InflaterNews, InflaterTask } from './inflaters.ts';
import { PipeWriter } from './pipe.ts';

const { path, pipe: end, consumed, share, shares }: InflaterTask = workerData.task;
const count = new BigInt64Array(consumed);

async function* read(): AsyncGenerator<Uint8Array> {
  for await (const chunk of readFrom(path, 0)) {
    Atomics.add(count, 0, BigInt(chunk.length));
    yield chunk;
  }
}

type Pipe = PipeWriter<InflaterNews>;

const memberTo = (pipe: Pipe) => (compressed: number, inflated: number) =>
  pipe.tell({ kind: 'member', compressed, inflated });

async function inflateWhole(content: Chunks, pipe: Pipe): Promise<void> {
  pipe.tell({ kind: 'begin', at: 0 });
  const pieces = inflateOutermost(content, DEFAULT_LIMITS, memberTo(pipe), () => pipe.lend());
  for await (const piece of pieces) pipe.write(piece);
  pipe.tell({ kind: 'end', at: Infinity });
}

function inflateShare(pipe: Pipe): void {
  const descriptor = openSync(path, 'r');
  try {
    const file: PartedFile = {
      size: fstatSync(descriptor).size,
      header: readHead(path, HEADER_BYTES),
      read: (buffer, position) => fill(buffer, descriptor, position),
    };
    inflateParts(file, share, shares, {
      begin: at => pipe.tell({ kind: 'begin', at }),
      member: memberTo(pipe),
      lend: () => pipe.lend(),
      write: bytes => pipe.write(bytes),
      end: at => pipe.tell({ kind: 'end', at }),
    });
  } finally {
    closeSync(descriptor);
  }
}

function fill(buffer: Uint8Array, descriptor: number, position: number): number {
  let filled = 0;
  while (filled < buffer.length) {
    const read = readSync(descriptor, buffer, filled, buffer.length - filled, position + filled);
    if (read === 0) break;
    filled += read;
  }
  Atomics.add(count, 0, BigInt(filled));
  return filled;
}

async function inflate(): Promise<void> {
  const [memory] = (await once(end.port, 'message')) as [Uint8Array];
  const pipe: Pipe = new PipeWriter(end, memory);
  try {
    if (shares === 1) await inflateWhole(read(), pipe);
    else inflateShare(pipe);
  } catch (error) {
    const kind = error instanceof TruncatedArchive ? 'failure' : 'error';
    pipe.tell({ kind, message: error instanceof Error ? error.message : String(error) });
  }
  pipe.end();
  keepCode();
}

parentPort!.postMessage('begun');
void inflate();
