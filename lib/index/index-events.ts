import { createHash } from 'node:crypto';
import type { BusEvent } from '../hints/bus.ts';
import { findingEventData } from './findings/event.ts';
import type { Finding } from './findings/index.ts';
import { manifestKey, objectId } from './store/layout.ts';
import type { Indexed, IndexedFinding } from './store/manifest.ts';

/** A finding as the manifest keeps it, so that its event can be sent again. */
export function indexedFinding(finding: Finding): IndexedFinding {
  return { id: finding.id, data: { ...findingEventData(finding) } };
}

/**
 * What the bus is told of an indexed file: `Capture Indexed`, and a `Capture Finding` for each finding. The same
 * version of a file makes the same ids however often it is indexed.
 */
export function indexEvents(indexed: Indexed, prefix: string): BusEvent[] {
  const { origin, summary, findings, indexedAt } = indexed;
  const object = { bucket: origin.bucket, key: origin.key, version: origin.version ?? null };
  const capture = {
    cluster: origin.cluster,
    namespace: origin.namespace,
    name: origin.name,
    uid: origin.uid,
    node: origin.node,
  };
  const { file: _, ...counts } = summary;
  const manifest = manifestKey(prefix, objectId(origin.bucket, origin.key));
  const id = createHash('sha256')
    .update(`indexed ${manifest} ${origin.version ?? origin.etag}`)
    .digest('hex')
    .slice(0, 32);
  return [
    {
      detailType: 'Capture Indexed',
      detail: {
        metadata: { id, version: 1, time: indexedAt },
        data: { ...capture, object, counts, index: { bucket: origin.bucket, manifest } },
      },
    },
    ...findings.map(finding => ({
      detailType: 'Capture Finding',
      detail: {
        metadata: { id: finding.id, version: 1, time: indexedAt },
        data: { ...capture, object, ...finding.data },
      },
    })),
  ];
}
