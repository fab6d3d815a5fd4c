import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { analyse } from '../lib/index/analyse.ts';
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
  const { source, origin } = await open(path);
  const { summary } = await analyse(source, NOWHERE, origin, { progress: read => report(read, origin.size) });
  return { ...summary, file: path };
}

/** Adds a file to an index. A file that is already in it as it is now changes nothing. */
export async function indexFileInto(objects: Objects, path: string, report: Report): Promise<CaptureSummary> {
  const { source, origin, sequencer } = await open(path);
  const result = await indexObject({
    objects,
    prefix: '',
    origin,
    sequencer,
    source,
    now: () => new Date(),
    progress: read => report(read, origin.size),
  });
  if (result.outcome === 'late' || !result.indexed) {
    throw new CommandError(`${path} is older than what the index holds of it; nothing was changed`);
  }
  return { ...result.indexed.summary, file: path };
}

async function open(path: string): Promise<{ source: CaptureSource; origin: Origin; sequencer: string }> {
  const found = await stat(path, { bigint: true }).catch(cause => {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new CommandError(missing ? `${path}: no such file` : `${path} cannot be read`, { cause });
  });
  if (found.isDirectory()) throw new CommandError(`${path} is a folder, not a capture file`);
  const key = resolve(path);
  // The time of change orders the versions of a file, as a sequencer does those of an object.
  const sequencer = found.mtimeNs.toString(16).toUpperCase().padStart(16, '0');
  const etag = createHash('sha256')
    .update(`${found.ino} ${found.mtimeNs} ${found.size}`)
    .digest('hex')
    .slice(0, 32);
  const origin: Origin = { bucket: 'file', key, etag, size: Number(found.size), cluster: 'local' };
  return { source: { ...fileSource(path), identity: `${key} ${etag}` }, origin, sequencer };
}
