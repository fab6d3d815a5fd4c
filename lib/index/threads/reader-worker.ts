import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Below this a file is read sooner than a thread has started; a compressed one holds several times as much. */
export const WORTH_A_THREAD = 128 * 1024 * 1024;
/** MiB for new objects, a third of which is used at a time: most of them are dead before it is full. */
const YOUNG_GENERATION = 24;

let standingBy: Worker | undefined;

/** Starts the thread that will read the file, if one will, while the rest of the program is not loaded yet. */
export function standByFor(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < WORTH_A_THREAD || availableParallelism() === 1) return;
  standingBy ??= start();
  standingBy.unref(); // should it not be needed, the program ends without it
}

/** A thread that waits for its ReaderTask (see reader-thread.ts). */
export function takeReader(): Worker {
  const reader = standingBy ?? start();
  standingBy = undefined;
  reader.ref();
  return reader;
}

function start(): Worker {
  return new Worker(programOf('reader-thread'), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
  });
}

/** The programs of the threads lie beside this one, bundled or not. */
export function programOf(thread: string): URL {
  return new URL(`./${thread}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}
