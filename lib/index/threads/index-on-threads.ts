import { startAnalysers } from '../applications/index.ts';
import { followCapture, type IndexedCapture } from '../engine/follow-capture.ts';
import { OutOfOrder } from '../engine/member-order.ts';
import type { CaptureSource } from '../engine/source.ts';
import type { FileTask } from '../index-file.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { CaptureSummary } from '../summary.ts';
import { InflatedSource } from './inflated-source.ts';
import type { Inflated, Inflaters } from './inflaters.ts';
import { makeSlots } from './slots.ts';
import { takeThreads } from './standing-by.ts';
import { TablesClient } from './tables-client.ts';
import type { ThreadOutput } from './thread-output.ts';

/** A file on this machine. */
type File = CaptureSource & { path: string };
type Progress = (bytes: number) => void;

/**
 * As `indexFile`: this thread reads the file, another makes its tables at the same time. A compressed one is inflated on
 * further threads, unless it has to be read more than once.
 */
export async function indexOnThreads(
  task: FileTask,
  file: File,
  progress: Progress = () => {},
): Promise<CaptureSummary | undefined> {
  const kernel = Kernel.begin();
  try {
    const threads = await takeThreads(file.path);
    try {
      const source = { name: file.name, ...(file.identity !== undefined && { identity: file.identity }) };
      const slots = makeSlots(kernel.memory);
      const tables = new TablesClient(threads.tables, { file: task, source, slots }, kernel);
      await readFor(tables, kernel, file, threads.inflaters, progress);
      return await tables.summary;
    } finally {
      await Promise.all([threads.tables.terminate(), threads.inflaters?.end()]);
    }
  } finally {
    kernel.end(); // none of the threads that know its memory is left
  }
}

async function readFor(
  tables: TablesClient,
  kernel: Kernel,
  file: File,
  inflaters: Inflaters | undefined,
  progress: Progress,
): Promise<void> {
  await inflaters?.begun;
  await tables.serve(async (output, order) => {
    if (inflaters && !order) return await readInflated(file, inflaters.inflated, kernel, output, progress);
    await inflaters?.end(); // what they write lies where this thread reads the file to
    const options = { analysers: startAnalysers, progress, ...(order && { order }) };
    return await followCapture(file, kernel, output, options);
  });
}

async function readInflated(
  file: File,
  inflated: Inflated,
  kernel: Kernel,
  output: ThreadOutput,
  progress: Progress,
): Promise<IndexedCapture> {
  const source = new InflatedSource(file.path, file.name, file.identity, inflated);
  const options = { analysers: startAnalysers, progress: () => progress(source.consumed) };
  try {
    return { ...(await followCapture(source, kernel, output, options)), gzip: source.gzip };
  } catch (error) {
    if (!(error instanceof OutOfOrder)) throw error;
    throw new OutOfOrder({ ...error.order, gzip: source.gzip });
  }
}
