import type { IndexedCapture } from './engine/follow-capture.ts';
import type { MemberOrder } from './engine/member-order.ts';
import type { CaptureSource } from './engine/source.ts';
import { createFindings, type Finding } from './findings/index.ts';
import { findingsBatch } from './findings/table.ts';
import type { ClusterIdentity } from './identity/cluster-identity.ts';
import { IdentityJoin } from './identity/join.ts';
import type { Origin } from './store/manifest.ts';
import type { Positions } from './store/positions.ts';
import type { CaptureSummary } from './summary.ts';
import type { Batch, TableSink } from './table.ts';

export interface Analysis {
  summary: CaptureSummary;
  findings: Finding[]; // worst first
  positions: Positions;
}

export interface AnalysisOptions {
  cluster?: ClusterIdentity;
  /** Told now and then how many bytes of the source were read. */
  progress?: (bytes: number) => void;
  /** As `inOrderOfTime` gives it. */
  order?: MemberOrder;
}

/**
 * Understands a capture once, from its bytes to its findings: engine and applications, then identity, then findings.
 * All tables go to `sink`. Throws a CaptureError in one sentence for what is no capture, and
 * OutOfOrder for an archive that is to be read in another order.
 */
export async function analyse(
  source: CaptureSource,
  sink: TableSink,
  origin: Origin,
  { cluster, progress, order }: AnalysisOptions = {},
): Promise<Analysis> {
  const watch = createFindings(`${origin.bucket}/${origin.key} ${origin.version ?? origin.etag}`);
  const watched: TableSink = {
    write(batch) {
      const complete = batch.table === 'capture' ? withOrigin(batch, origin) : batch;
      watch.observe(complete);
      sink.write(complete);
    },
    drain: () => sink.drain(),
  };
  const joined = new IdentityJoin(watched, cluster);
  try {
    const read = source.readElsewhere ?? readHere(source, progress);
    const { summary, members, gzip } = await read(joined, order);
    const findings = watch.finish();
    sink.write(findingsBatch(findings));
    await sink.drain();
    const positions: Positions = {
      members: members.map(({ name, format, start }) => ({ name, format, start: start ?? null })),
      gzip,
    };
    return { summary: { ...summary, findings: findings.length }, findings, positions };
  } finally {
    joined.end();
    watch.end();
  }
}

function readHere(source: CaptureSource, progress: AnalysisOptions['progress']) {
  return async (sink: TableSink, order?: MemberOrder): Promise<IndexedCapture> => {
    // Not loaded where another thread reads.
    const [{ indexCapture }, { startAnalysers }] = await Promise.all([
      import('./engine/index-capture.ts'),
      import('./applications/index.ts'),
    ]);
    const options = { analysers: startAnalysers, ...(progress && { progress }), ...(order && { order }) };
    return await indexCapture(source, sink, options);
  };
}

/** The row in `capture` says whose file it is. */
function withOrigin(batch: Batch, origin: Origin): Batch {
  const same = (value: string | undefined) => ({
    values: new Array<string | null>(batch.rows).fill(value ?? null),
  });
  return {
    ...batch,
    columns: {
      ...batch.columns,
      object_key: same(origin.key),
      object_etag: same(origin.etag),
      object_version: same(origin.version),
      cluster: same(origin.cluster),
      namespace: same(origin.namespace),
      capture: same(origin.name),
      capture_uid: same(origin.uid),
      node: same(origin.node),
    },
  };
}
