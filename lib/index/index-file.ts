import { analyse } from './analyse.ts';
import { inOrderOfTime } from './engine/member-order.ts';
import type { CaptureSource } from './engine/source.ts';
import { indexObject } from './index-object.ts';
import { createDirectoryObjects } from './store/directory.ts';
import type { Origin } from './store/manifest.ts';
import type { CaptureSummary } from './summary.ts';
import type { TableSink } from './table.ts';

/** A file on this machine that is to be indexed. */
export interface FileTask {
  origin: Origin;
  sequencer: string; // orders its versions
  folder: string | undefined; // of the index; nothing is kept without one
}

const NOWHERE: TableSink = { write: () => {}, drain: async () => {} };

/**
 * Adds a file to an index, or only says what is in it. A file that is already in the index as it is now changes nothing;
 * undefined when the index holds a newer version of it.
 * @throws CaptureError when there is nothing to index at all
 */
export async function indexFile(
  { origin, sequencer, folder }: FileTask,
  source: CaptureSource,
  progress?: (bytes: number) => void,
): Promise<CaptureSummary | undefined> {
  const options = progress && { progress };
  if (folder === undefined) {
    const analysis = await inOrderOfTime(order =>
      analyse(source, NOWHERE, origin, { ...options, ...(order && { order }) }),
    );
    return analysis.summary;
  }
  const objects = createDirectoryObjects(folder);
  const request = { objects, prefix: '', origin, sequencer, source, now: () => new Date(), ...options };
  const result = await indexObject(request);
  return result.outcome === 'late' ? undefined : result.indexed?.summary;
}
