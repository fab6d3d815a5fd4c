import { z } from '../schemas.ts';
import { auditHint } from './audit-event.ts';
import { type Decoder, onlyCluster } from './decoder.ts';

const EventList = z.object({
  kind: z.literal('EventList'),
  apiVersion: z.literal('audit.k8s.io/v1'),
  items: z.array(z.unknown()),
});

/** What an API server's audit webhook backend posts (--audit-webhook-config-file), for clusters of one's own. */
export const auditWebhook: Decoder = (event, clusters) => {
  const list = EventList.safeParse(event);
  if (!list.success) return undefined;
  const cluster = onlyCluster(clusters);
  return cluster ? list.data.items.flatMap(item => auditHint(item, cluster) ?? []) : [];
};
