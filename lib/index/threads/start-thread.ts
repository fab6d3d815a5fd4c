import { join } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { keptIn } from '../../programs/loader.ts';

/** Starts a thread that runs the program of that name, which lies beside this one, bundled or not. Its `workerData` has the task. */
export function startThread(
  name: 'tables-thread' | 'inflater-thread',
  task: unknown,
  options: Pick<WorkerOptions, 'resourceLimits' | 'transferList'>,
): Worker {
  const folder = import.meta.dirname;
  if (import.meta.filename.endsWith('.ts'))
    return new Worker(join(folder, `${name}.ts`), { ...options, workerData: { task } });
  const workerData = { program: join(folder, `${name}.js`), keptIn: keptIn(), task };
  return new Worker(join(folder, 'thread.js'), { ...options, workerData });
}
