import * as z from 'zod';
import type { Hint } from './hint.ts';
import { objectHint } from './object-hint.ts';

const Metadata = z
  .object({
    name: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).optional(),
  })
  .optional();

/** What we read of an audit.k8s.io/v1 Event. At level Metadata, and when truncated, there are no objects. */
export const AuditEvent = z.object({
  kind: z.literal('Event'),
  apiVersion: z.literal('audit.k8s.io/v1'),
  auditID: z.string(),
  stage: z.string(),
  verb: z.string(),
  objectRef: z
    .object({
      resource: z.string(),
      namespace: z.string().optional(),
      name: z.string().optional(),
      apiGroup: z.string().optional(),
      subresource: z.string().optional(),
    })
    .optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
  // a body may also be text ("skipped-too-big-size-object")
  requestObject: z.object({ metadata: Metadata }).optional().catch(undefined),
  responseObject: z.object({ metadata: Metadata }).optional().catch(undefined),
  requestReceivedTimestamp: z.string().optional(),
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
