import { startAnalysers } from '../applications/index.ts';
import { followCapture } from '../engine/index-capture.ts';
import { OutOfOrder } from '../engine/member-order.ts';
import type { CaptureSource } from '../engine/source.ts';
import type { FileTask } from '../index-file.ts';
import type { CaptureSummary } from '../summary.ts';
import { InflatedSource } from './inflated-source.ts';
import { type Inflated, startInflaters } from './inflaters.ts';
import { makeSlots } from './slots.ts';
import { TablesClient } from './tables-client.ts';
import { startsCompressed, takeTablesWorker } from './tables-worker.ts';
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
  const isInflated = startsCompressed(file.path);
  const slots = makeSlots();
  const tables = new TablesClient(takeTablesWorker(), {
    file: task,
    source: { name: file.name, ...(file.identity !== undefined && { identity: file.identity }) },
    slots,
  });
  try {
    const inflaters = isInflated ? await startInflaters(file.path) : undefined;
    try {
      await tables.serve(async (output, order) =>
        inflaters && !order
          ? await readInflated(file, inflaters.inflated, output, progress)
          : await followCapture(file, output, {
              analysers: startAnalysers,
              progress,
              ...(order && { order }),
            }),
      );
    } finally {
      await inflaters?.end();
    }
    return await tables.summary;
  } finally {
    await tables.end();
  }
}

async function readInflated(file: File, inflated: Inflated, output: ThreadOutput, progress: Progress) {
  const source = new InflatedSource(file.path, file.name, file.identity, inflated);
  const options = { analysers: startAnalysers, progress: () => progress(source.consumed) };
  try {
    return { ...(await followCapture(source, output, options)), gzip: source.gzip };
  } catch (error) {
    if (!(error instanceof OutOfOrder)) throw error;
    throw new OutOfOrder({ ...error.order, gzip: source.gzip });
  }
}
