import { z } from '../schemas.ts';
import { type Decoder, onlyCluster } from './decoder.ts';
import { ObjectFacts, objectHint } from './object-hint.ts';

/** knative/eventing pkg/apis/sources: resource mode carries the object, ref mode only which one it is. */
const CloudEvent = z.object({
  specversion: z.string(),
  id: z.string(),
  type: z.string().check(z.startsWith('dev.knative.apiserver.')),
  time: z.optional(z.string()),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  data: z.catch(
    z.optional(
      z.object({ metadata: z.optional(z.pick(ObjectFacts, { labels: true, ownerReferences: true })) }),
    ),
    undefined,
  ),
});

/** CloudEvents of Knative's ApiServerSource, in structured form, bare or in the detail of an EventBridge event. */
export const knative: Decoder = (event, clusters) => {
  const wrapped = z.object({ detail: CloudEvent }).safeParse(event);
  const bare = CloudEvent.safeParse(event);
  const cloudEvent = wrapped.data?.detail ?? bare.data;
  if (!cloudEvent) return undefined;
  const cluster = onlyCluster(clusters);
  if (!cluster) return [];
  const { kind, namespace, name, data, type, time } = cloudEvent;
  // its id is random for the same change, so it cannot tell repetitions apart and is not passed on
  const hint = objectHint(
    { ...data?.metadata, kind, namespace, name },
    { cluster, reason: type, seenAt: time },
  );
  return hint ? [hint] : [];
};
