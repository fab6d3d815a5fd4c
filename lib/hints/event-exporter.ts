import { z } from '../schemas.ts';
import { type Decoder, onlyCluster } from './decoder.ts';
import { ObjectFacts, objectHint } from './object-hint.ts';

const Involved = z.extend(ObjectFacts, { namespace: z._default(z.string(), 'default') });

/** EnhancedEvent of kubernetes-event-exporter, pkg/kube/event.go; `object` is the README's shorter layout. */
const Exported = z.object({
  source: z.string(),
  id: z.optional(z.string()),
  detail: z
    .object({
      reason: z.string(),
      clusterName: z.optional(z.string()),
      lastTimestamp: z.nullish(z.string()),
      involvedObject: z.optional(Involved),
      object: z.optional(Involved),
    })
    .check(z.refine(({ involvedObject, object }) => involvedObject ?? object)),
});

/**
 * Kubernetes Events that kubernetes-event-exporter puts on an EventBridge bus. They tell when Jobs and pods get
 * on, never that a Capture was created: that comes from another source, or from the sweep.
 */
export const eventExporter: Decoder = (event, clusters) => {
  const exported = Exported.safeParse(event);
  if (!exported.success) return undefined;
  const { id, detail } = exported.data;
  const facts = detail.involvedObject ?? detail.object;
  const named = detail.clusterName || undefined;
  const cluster = named ?? onlyCluster(clusters);
  if (!facts || !cluster || !clusters.includes(cluster)) return [];
  const hint = objectHint(facts, {
    cluster,
    reason: `${facts.kind} event ${detail.reason}`.slice(0, 200),
    auditID: id,
    seenAt: detail.lastTimestamp ?? undefined,
  });
  return hint ? [hint] : [];
};
