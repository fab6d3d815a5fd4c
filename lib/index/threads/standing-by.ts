/** Threads that are started before the program knows more than that a file is large: most of it takes as long to load. */
import type { Worker } from 'node:worker_threads';
import { type Inflaters, startInflaters } from './inflaters.ts';
import { startThread } from './start-thread.ts';
import { isWorthThreads, startsCompressed } from './worth-threads.ts';

/** MiB for new objects, a third of which is used at a time: most of them are dead before it is full. */
const YOUNG_GENERATION = 24;

/** Who reads a file together with the thread that takes them. */
export interface Threads {
  /** It waits for its TablesTask (see tables-thread.ts). */
  tables: Worker;
  /** Of a compressed file. */
  inflaters: Inflaters | undefined;
}

let standingBy: (Threads & { path: string }) | undefined;

/** Starts the threads for a file, if it is worth any. Should they not be needed, the program ends without them. */
export function standByFor(path: string): void {
  if (standingBy || !isWorthThreads(path)) return;
  standingBy = { path, ...start(path) };
  standingBy.tables.unref();
  standingBy.inflaters?.unref();
}

/** Those that stand by for the file, or others; those that stand by for another one are ended. */
export async function takeThreads(path: string): Promise<Threads> {
  const threads = standingBy;
  standingBy = undefined;
  if (threads?.path === path) {
    threads.tables.ref();
    threads.inflaters?.ref();
    return threads;
  }
  await Promise.all([threads?.tables.terminate(), threads?.inflaters?.end()]);
  return start(path);
}

/** Those that are needed first begin first. */
function start(path: string): Threads {
  const inflaters = startsCompressed(path) ? startInflaters(path) : undefined;
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION };
  return { inflaters, tables: startThread('tables-thread', undefined, { resourceLimits }) };
}
