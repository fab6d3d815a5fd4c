import { gunzipSync } from 'node:zlib';
import { z } from '../schemas.ts';
import { auditHint } from './audit-event.ts';
import type { Decoder } from './decoder.ts';

const Subscription = z.object({ awslogs: z.object({ data: z.string() }) });
const Message = z.object({
  messageType: z.string(),
  logGroup: z.string(),
  logEvents: z.array(z.object({ message: z.string() })),
});

const MAX_BYTES = 64 * 1024 * 1024; // what CloudWatch packs into the 6 MB of an invocation inflates to less
const LOG_GROUP = /^\/aws\/eks\/([^/]+)\/cluster$/;

/**
 * The audit log of an EKS cluster as a CloudWatch Logs subscription delivers it: gzip, base64, many events.
 * The cluster is named by the log group. Throws on data that cannot be decompressed within bounds.
 */
export const cloudWatchAudit: Decoder = (event, clusters) => {
  const subscription = Subscription.safeParse(event);
  if (!subscription.success) return undefined;
  const packed = Buffer.from(subscription.data.awslogs.data, 'base64');
  const text = gunzipSync(packed, { maxOutputLength: MAX_BYTES }).toString('utf8');
  const { messageType, logGroup, logEvents } = Message.parse(JSON.parse(text));
  const cluster = LOG_GROUP.exec(logGroup)?.[1];
  if (messageType !== 'DATA_MESSAGE' || !cluster || !clusters.includes(cluster)) return [];
  return logEvents.flatMap(({ message }) => auditHint(parse(message), cluster) ?? []);
};

function parse(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined; // other lines of the control plane's log, and events that were cut
  }
}
