import { z } from '../schemas.ts';
import type { Hint } from './hint.ts';
import { objectHint } from './object-hint.ts';

const Metadata = z.optional(
  z.object({
    name: z.optional(z.string()),
    labels: z.optional(z.record(z.string(), z.string())),
    ownerReferences: z.optional(z.array(z.object({ kind: z.string(), name: z.string() }))),
  }),
);

/** What we read of an audit.k8s.io/v1 Event. At level Metadata, and when truncated, there are no objects. */
export const AuditEvent = z.object({
  kind: z.literal('Event'),
  apiVersion: z.literal('audit.k8s.io/v1'),
  auditID: z.string(),
  stage: z.string(),
  verb: z.string(),
  objectRef: z.optional(
    z.object({
      resource: z.string(),
      namespace: z.optional(z.string()),
      name: z.optional(z.string()),
      apiGroup: z.optional(z.string()),
      subresource: z.optional(z.string()),
    }),
  ),
  responseStatus: z.optional(z.object({ code: z.optional(z.number()) })),
  // a body may also be text ("skipped-too-big-size-object")
  requestObject: z.catch(z.optional(z.object({ metadata: Metadata })), undefined),
  responseObject: z.catch(z.optional(z.object({ metadata: Metadata })), undefined),
  requestReceivedTimestamp: z.optional(z.string()),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

const KINDS: Record<string, string> = {
  'retina.sh/captures': 'Capture',
  'batch/jobs': 'Job',
  '/pods': 'Pod',
  '/secrets': 'Secret',
  '/persistentvolumeclaims': 'PersistentVolumeClaim',
};
const READS = ['get', 'list', 'watch'];

/** The hint in an audit event, if it tells of a change that matters to a Capture. */
export function auditHint(event: unknown, cluster: string): Hint | undefined {
  const parsed = AuditEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { objectRef, stage, verb, responseStatus, requestObject, responseObject } = parsed.data;
  if (stage !== 'ResponseComplete' || READS.includes(verb) || (responseStatus?.code ?? 500) >= 300)
    return undefined;
  const kind = KINDS[`${objectRef?.apiGroup ?? ''}/${objectRef?.resource}`];
  if (!kind || !objectRef?.namespace) return undefined;
  // our own writes of the status would wake us for ever
  if (kind === 'Capture' && objectRef.subresource) return undefined;
  const metadata = responseObject?.metadata ?? requestObject?.metadata;
  const { auditID, requestReceivedTimestamp } = parsed.data;
  return objectHint(
    { ...metadata, kind, namespace: objectRef.namespace, name: objectRef.name ?? metadata?.name },
    {
      cluster,
      reason: `${objectRef.resource}${objectRef.subresource ? `/${objectRef.subresource}` : ''} ${verb}`,
      auditID,
      seenAt: requestReceivedTimestamp,
    },
  );
}
