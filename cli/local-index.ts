import type { CaptureSource } from '../lib/index/engine/source.ts';
import type { FileTask } from '../lib/index/index-file.ts';
import type { CaptureSummary } from '../lib/index/summary.ts';
import { isWorthThreads } from '../lib/index/threads/worth-threads.ts';
import { CommandError } from './errors.ts';
import { localOrigin, sourceOf } from './local-origin.ts';

type Report = (read: number, size: number) => void;

/**
 * Adds a file to the index in a folder; without one it only says what is in it. A file that is already in the index as
 * it is now changes nothing.
 */
export async function indexLocalFile(
  path: string,
  folder: string | undefined,
  report: Report,
): Promise<CaptureSummary> {
  const { origin, sequencer } = await localOrigin(path);
  const progress = (read: number) => report(read, origin.size);
  const summary = await index({ origin, sequencer, folder }, sourceOf(origin), progress);
  if (!summary)
    throw new CommandError(`${path} is older than what the index holds of it; nothing was changed`);
  return { ...summary, file: path };
}

async function index(task: FileTask, source: CaptureSource, progress: (read: number) => void) {
  const { path } = source;
  if (path !== undefined && isWorthThreads(path)) {
    const { indexOnThreads } = await import('../lib/index/threads/index-on-threads.ts');
    return await indexOnThreads(task, { ...source, path }, progress);
  }
  const { indexFile } = await import('../lib/index/index-file.ts');
  return await indexFile(task, source, progress);
}
