import type { Objects } from '../storage/objects.ts';
import { type AnalysisOptions, analyse } from './analyse.ts';
import { inOrderOfTime } from './engine/member-order.ts';
import { uidPrefix } from './engine/names.ts';
import type { CaptureSource } from './engine/source.ts';
import { indexedFinding } from './index-events.ts';
import { Rechunker } from './rechunk.ts';
import {
  archiveKey,
  capturesOfName,
  type FileIdentity,
  filesOfCapture,
  objectId,
  positionsKey,
  versionId,
} from './store/layout.ts';
import type { Indexed, Origin } from './store/manifest.ts';
import { savePositions } from './store/positions.ts';
import { announce, collectGarbage, commit, lookUp, type ObjectIndex, standing } from './store/publish.ts';
import { TableFiles } from './store/table-files.ts';

export interface IndexRequest extends Omit<AnalysisOptions, 'order'> {
  objects: Objects; // where the index is kept
  prefix: string;
  origin: Origin;
  sequencer: string; // orders the versions of the file
  source: CaptureSource;
  rechunk?: boolean; // copies a file that can be cut nowhere into a form that can
  snapshots?: number; // how many identity snapshots `cluster` was made of
  now: () => Date;
}

export type IndexOutcome =
  | { outcome: 'indexed'; indexed: Indexed }
  | { outcome: 'repeated'; indexed: Indexed | null } // this version is in effect already
  | { outcome: 'late' }; // a newer version is in effect

/**
 * Indexes one version of a file, so that all of its rows appear, or none. A repeated, late or overtaken call changes
 * nothing. Throws ConcurrentIndexError when it is to be tried again, CaptureError for what is no capture.
 */
export async function indexObject(request: IndexRequest): Promise<IndexOutcome> {
  const { objects, prefix, origin, sequencer } = request;
  const index: ObjectIndex = { objects, prefix, object: objectId(origin.bucket, origin.key) };
  const before = await alreadyDone(index, sequencer);
  if (before) return before;

  const identity: FileIdentity = {
    cluster: origin.cluster,
    capture: origin.uid ?? origin.name ?? 'none',
    object: index.object,
    version: versionId(sequencer, origin.etag),
  };
  let files = new TableFiles(objects, prefix, identity);
  const copy = request.rechunk ? new Rechunker(objects, archiveKey(prefix, identity)) : undefined;
  const source = copy ? copied(request.source, copy) : request.source;
  const places = positionsKey(prefix, identity);
  try {
    const { summary, findings, positions } = await inOrderOfTime(async order => {
      if (order === undefined) return await analyse(source, files, origin, request);
      await files.abort();
      files = new TableFiles(objects, prefix, identity);
      return await analyse(request.source, files, origin, { ...request, order }); // it was copied on the first way
    });
    const announced = announce(index, sequencer, [...files.keys, places, ...(copy?.keys ?? [])]);
    announced.catch(() => {}); // should what is done meanwhile fail first
    files.finish();
    if (await announced) {
      const archive = await copy?.complete();
      const gzip = archive?.gzip ?? positions.gzip;
      const storing = files.complete();
      const saving = savePositions(objects, places, { ...positions, gzip });
      await Promise.allSettled([storing, saving]); // when one fails, nothing is under way any more
      await saving;
      const indexed: Indexed = {
        origin,
        files: await storing,
        positions: places,
        archive: archive ? { key: archive.key, bytes: archive.bytes } : null,
        uids: uidPrefix(request.source.identity ?? request.source.name),
        summary,
        findings: findings.map(indexedFinding),
        snapshots: request.snapshots ?? 0,
        indexedAt: request.now().toISOString(),
      };
      await mark(index, origin);
      if (await commit(index, sequencer, indexed)) return { outcome: 'indexed', indexed };
    }
  } catch (error) {
    await Promise.all([files.abort(), copy?.abort()]);
    throw error;
  }
  await Promise.all([files.abort(), copy?.abort()]);
  return (await alreadyDone(index, sequencer)) ?? { outcome: 'late' };
}

/** The same file, read by way of its copy only. */
function copied({ path: _, ...source }: CaptureSource, copy: Rechunker): CaptureSource {
  return { ...source, stream: buffer => copy.read(source.stream(buffer)) };
}

async function alreadyDone(index: ObjectIndex, sequencer: string): Promise<IndexOutcome | undefined> {
  const manifest = await lookUp(index);
  const position = standing(manifest, sequencer);
  if (position === 'new') return undefined;
  await collectGarbage(index); // left over when an earlier attempt ended right after its commit
  return position === 'late' ? { outcome: 'late' } : { outcome: 'repeated', indexed: manifest.current };
}

/** Makes the file findable from its Capture. */
async function mark({ objects, prefix, object }: ObjectIndex, origin: Origin): Promise<void> {
  const { cluster, namespace, name, uid } = origin;
  if (uid === undefined) return;
  await objects.put(`${filesOfCapture(prefix, cluster, uid)}${object}`, '');
  if (namespace === undefined || name === undefined) return;
  await objects.put(
    `${capturesOfName(prefix, cluster, namespace, name)}${encodeURIComponent(uid)}/${object}`,
    '',
  );
}
