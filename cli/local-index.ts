import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { analyse } from '../lib/index/analyse.ts';
import { inOrderOfTime } from '../lib/index/engine/member-order.ts';
import { type CaptureSource, fileSource } from '../lib/index/engine/source.ts';
import { indexObject } from '../lib/index/index-object.ts';
import type { Origin } from '../lib/index/store/manifest.ts';
import type { CaptureSummary } from '../lib/index/summary.ts';
import type { TableSink } from '../lib/index/table.ts';
import type { Objects } from '../lib/storage/objects.ts';
import { CommandError } from './errors.ts';

type Report = (read: number, size: number) => void;

const NOWHERE: TableSink = { write: () => {}, drain: async () => {} };

/** Reads a file and says what is in it, keeping nothing. */
export async function indexFile(path: string, report: Report): Promise<CaptureSummary> {
  const { origin } = await localOrigin(path);
  const progress = (read: number) => report(read, origin.size);
  const { summary } = await inOrderOfTime(order =>
    analyse(sourceOf(path, origin), NOWHERE, origin, { progress, ...(order && { order }) }),
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
    source: sourceOf(path, origin),
    now: () => new Date(),
    progress: read => report(read, origin.size),
  });
  if (result.outcome === 'late' || !result.indexed) {
    throw new CommandError(`${path} is older than what the index holds of it; nothing was changed`);
  }
  return { ...result.indexed.summary, file: path };
}

/** A file as it is now; its time of change orders its versions, as a sequencer does those of an object. */
export async function localOrigin(path: string): Promise<{ origin: Origin; sequencer: string }> {
  const found = await stat(path, { bigint: true }).catch(cause => {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new CommandError(missing ? `${path}: no such file` : `${path} cannot be read`, { cause });
  });
  if (found.isDirectory()) throw new CommandError(`${path} is a folder, not a capture file`);
  const key = resolve(path);
  const sequencer = found.mtimeNs.toString(16).toUpperCase().padStart(16, '0');
  const etag = createHash('sha256')
    .update(`${found.ino} ${found.mtimeNs} ${found.size}`)
    .digest('hex')
    .slice(0, 32);
  const origin: Origin = { bucket: 'file', key, etag, size: Number(found.size), cluster: 'local' };
  return { origin, sequencer };
}

function sourceOf(path: string, origin: Origin): CaptureSource {
  return { ...fileSource(path), identity: `${origin.key} ${origin.etag}` };
}
