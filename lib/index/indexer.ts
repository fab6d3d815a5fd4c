import type { Bus } from '../hints/bus.ts';
import { CaptureError } from '../pcap/errors.ts';
import type { ObjectHead, Objects } from '../storage/objects.ts';
import { parseSnapshotKey } from '../storage/snapshot.ts';
import { expectedOwner, loadExpected, type Owner } from './expected-owner.ts';
import { ClusterIdentity } from './identity/cluster-identity.ts';
import { addressesChanged, loadSnapshots } from './identity/load.ts';
import { indexEvents } from './index-events.ts';
import { type IndexOutcome, indexObject } from './index-object.ts';
import { type ObjectEvent, readObjectEvent } from './object-event.ts';
import { filesOfCapture, objectId } from './store/layout.ts';
import { type Indexed, type Origin, readManifest } from './store/manifest.ts';
import { lookUp, type ObjectIndex, retire } from './store/publish.ts';

export interface IndexerParts {
  config: { bucket: string; indexPrefix: string; clusters: string[] };
  objects: Objects;
  bus: Bus;
  log(level: 'info' | 'warn' | 'error', message: string, facts: Record<string, unknown>): void;
  now(): Date;
}

/**
 * Keeps the index in step with the bucket, one message (an S3 event of EventBridge) at a time. What is not ours is
 * ignored; an error means that the message is to come again.
 */
export function createIndexer(parts: IndexerParts): (body: string) => Promise<void> {
  const { bucket, indexPrefix } = parts.config;
  return async body => {
    const event = readObjectEvent(body);
    if (!event || event.bucket !== bucket) {
      parts.log('warn', 'not an event of the bucket', { body: body.slice(0, 200) });
    } else if (event.key.startsWith(indexPrefix)) await ownObject(event, parts);
    else if (event.type === 'deleted') await deleted(event, parts);
    else await created(event, parts);
  };
}

async function created({ key, version, sequencer }: ObjectEvent, parts: IndexerParts): Promise<void> {
  const { objects, config } = parts;
  const head = await objects.head(key, version);
  if (!head) {
    parts.log('info', 'object is gone', { key });
    return;
  }
  const owner = await expectedOwner(objects, config.indexPrefix, key, head);
  if (!owner || !config.clusters.includes(owner.cluster)) {
    parts.log('info', 'not the file of a Capture', { key });
    return;
  }
  await index(originOf(owner, key, head, version, config.bucket), sequencer, parts);
}

function originOf(
  owner: Owner,
  key: string,
  { etag, size }: ObjectHead,
  version: string | undefined,
  bucket: string,
): Origin {
  return { bucket, key, etag, size, ...owner, ...(version !== undefined && { version }) };
}

/** Indexes a version of a file and tells of it; both may be repeated. */
async function index(origin: Origin, sequencer: string, parts: IndexerParts): Promise<void> {
  const { objects, config, log } = parts;
  const prefix = config.indexPrefix;
  const snapshots = await loadSnapshots(objects, prefix, origin.cluster, origin.uid!);
  let result: IndexOutcome;
  try {
    result = await indexObject({
      objects,
      prefix,
      origin,
      sequencer,
      snapshots: snapshots.length,
      rechunk: true,
      source: {
        name: origin.key,
        size: origin.size,
        identity: `${origin.bucket}/${origin.key} ${origin.version ?? origin.etag}`,
        isLasting: origin.version !== undefined,
        stream: () => contents(objects, origin),
      },
      cluster: new ClusterIdentity(snapshots),
      now: parts.now,
    });
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    log('error', 'not a capture', { key: origin.key, reason: error.message });
    await retire({ objects, prefix, object: objectId(origin.bucket, origin.key) }, sequencer);
    return;
  }
  log('info', result.outcome, { key: origin.key, cluster: origin.cluster, name: origin.name });
  if (result.outcome === 'late' || !result.indexed) return;
  await parts.bus.put(indexEvents(result.indexed, prefix));
  await indexAgain(result.indexed, sequencer, parts);
}

async function* contents(objects: Objects, { key, version }: Origin): AsyncGenerator<Uint8Array> {
  const stream = await objects.stream(key, version);
  if (!stream) throw new Error(`${key} was deleted while it was indexed`);
  yield* stream as AsyncIterable<Uint8Array>;
}

/**
 * Reads a file once more when a further snapshot has come since, and it shows that an address changed hands: the end
 * of a Capture is known only after its files are uploaded, so usually after they were indexed.
 */
async function indexAgain(indexed: Indexed, sequencer: string, parts: IndexerParts): Promise<void> {
  const { origin } = indexed;
  const snapshots = await loadSnapshots(parts.objects, parts.config.indexPrefix, origin.cluster, origin.uid!);
  if (snapshots.length <= indexed.snapshots || !addressesChanged(snapshots)) return;
  // Newer than the event that it repeats, older than any later one of the same key: "Z" sorts after all digits.
  await index(origin, `${sequencer}Z`, parts);
}

async function deleted(event: ObjectEvent, parts: IndexerParts): Promise<void> {
  const target: ObjectIndex = {
    objects: parts.objects,
    prefix: parts.config.indexPrefix,
    object: objectId(event.bucket, event.key),
  };
  const manifest = await lookUp(target);
  if (manifest.sequencer === '') return; // never indexed
  if (event.permanently && manifest.current?.origin.version !== event.version) return;
  const done = await retire(target, event.sequencer);
  parts.log('info', done ? 'removed' : 'late', { key: event.key });
}

/** Of the index's own objects only the snapshot of a Capture's end means work. */
async function ownObject(event: ObjectEvent, parts: IndexerParts): Promise<void> {
  const { objects, config } = parts;
  const snapshot = parseSnapshotKey(config.indexPrefix, event.key);
  if (event.type !== 'created' || snapshot?.moment !== 'end') return;
  const files = filesOfCapture(config.indexPrefix, snapshot.cluster, snapshot.uid);
  const indexed = new Set<string>();
  for await (const { key } of objects.list(files)) {
    const object = key.slice(files.length);
    indexed.add(object);
    const { manifest } = await readManifest(objects, config.indexPrefix, object);
    if (manifest.current) await indexAgain(manifest.current, manifest.sequencer, parts);
  }
  await indexExpected(snapshot, indexed, parts);
}

/** Older than any event of S3, whose sequencers are never zero. */
const BEFORE_ALL = '0'.repeat(64);

/** Files that came before it was known whose they are. */
async function indexExpected(
  { cluster, uid }: { cluster: string; uid: string },
  indexed: ReadonlySet<string>,
  parts: IndexerParts,
): Promise<void> {
  const { objects, config } = parts;
  if (!config.clusters.includes(cluster)) return;
  const expected = await loadExpected(objects, config.indexPrefix, cluster, uid);
  for (const { keys } of expected?.nodes ?? []) {
    if (keys.some(key => indexed.has(objectId(config.bucket, key)))) continue;
    for (const key of keys) {
      const head = await objects.head(key);
      if (head === undefined) continue;
      const owner = await expectedOwner(objects, config.indexPrefix, key, head);
      if (owner?.uid !== uid) continue;
      await index(originOf(owner, key, head, head.version, config.bucket), BEFORE_ALL, parts);
    }
  }
}
