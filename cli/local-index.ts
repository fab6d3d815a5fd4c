import { analyse } from '../lib/index/analyse.ts';
import { inOrderOfTime } from '../lib/index/engine/member-order.ts';
import { indexObject } from '../lib/index/index-object.ts';
import type { CaptureSummary } from '../lib/index/summary.ts';
import type { TableSink } from '../lib/index/table.ts';
import type { Objects } from '../lib/storage/objects.ts';
import { CommandError } from './errors.ts';
import { localOrigin, sourceOf } from './local-origin.ts';

type Report = (read: number, size: number) => void;

const NOWHERE: TableSink = { write: () => {}, drain: async () => {} };

/** Reads a file and says what is in it, keeping nothing. */
export async function indexFile(path: string, report: Report): Promise<CaptureSummary> {
  const { origin } = await localOrigin(path);
  const progress = (read: number) => report(read, origin.size);
  const { summary } = await inOrderOfTime(order =>
    analyse(sourceOf(origin), NOWHERE, origin, { progress, ...(order && { order }) }),
  );
  return { ...summary, file: path };
}

/** Adds a file to an index. A file that is already in it as it is now changes nothing. */
export async function indexFileInto(objects: Objects, path: string, report: Report): Promise<CaptureSummary> {
  const { origin, sequencer } = await localOrigin(path);
  const result = await indexObject({
    objects,
    prefix: '',
    origin,
    sequencer,
    source: sourceOf(origin),
    now: () => new Date(),
    progress: read => report(read, origin.size),
  });
  if (result.outcome === 'late' || !result.indexed) {
    throw new CommandError(`${path} is older than what the index holds of it; nothing was changed`);
  }
  return { ...result.indexed.summary, file: path };
}
