import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AVERAGE_RECORD_BYTES, averageRecord } from '../../pcap/average-record.ts';
import { isCompressed } from '../../pcap/container/compressed.ts';
import { readHead } from '../engine/source.ts';

/** Below all of these a file is read sooner than a thread has started: bytes, */
export const WORTH_A_THREAD = 128 * 1024 * 1024;
/** bytes of a compressed file, which holds several times as much, */
const COMPRESSED_WORTH_A_THREAD = 16 * 1024 * 1024;
/** and packets. */
const PACKETS_WORTH_A_THREAD = 500_000;
/** Bytes of addresses, plenty for several threads. */
const ADDRESS_SPACE = 64 * 1024 ** 3;
/** MiB for new objects, a third of which is used at a time: most of them are dead before it is full. */
const YOUNG_GENERATION = 24;

let standingBy: Worker | undefined;

/** Whether a file is indexed sooner by several threads. */
export function isWorthThreads(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < COMPRESSED_WORTH_A_THREAD || availableParallelism() === 1) return false;
  const isWorthIt = size >= WORTH_A_THREAD || startsCompressed(path) || hasManyPackets(path, size);
  return isWorthIt && !isAddressSpaceScarce();
}

/** As far as its beginning tells. */
function hasManyPackets(path: string, size: number): boolean {
  const bytes = averageRecord(readHead(path, AVERAGE_RECORD_BYTES));
  return bytes !== undefined && size / bytes >= PACKETS_WORTH_A_THREAD;
}

/** Each thread wants gigabytes of addresses for its WebAssembly (`ulimit -v`; proc(5), /proc/pid/limits). */
function isAddressSpaceScarce(): boolean {
  try {
    const limit = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit !== undefined && Number(limit) < ADDRESS_SPACE;
  } catch {
    return false; // not Linux
  }
}

export function startsCompressed(path: string): boolean {
  return isCompressed(readHead(path, 4));
}

/** Starts the thread that will make the tables of the file, if one will, while the rest of the program is not loaded yet. */
export function standByFor(path: string): void {
  if (!isWorthThreads(path)) return;
  standingBy ??= start();
  standingBy.unref(); // should it not be needed, the program ends without it
}

/** A thread that waits for its TablesTask (see tables-thread.ts). */
export function takeTablesWorker(): Worker {
  const worker = standingBy ?? start();
  standingBy = undefined;
  worker.ref();
  return worker;
}

function start(): Worker {
  return new Worker(programOf('tables-thread'), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
  });
}

/** The programs of the threads lie beside this one, bundled or not. */
export function programOf(thread: string): URL {
  return new URL(`./${thread}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}
