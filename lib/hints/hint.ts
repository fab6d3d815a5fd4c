import { createHash } from 'node:crypto';
import { z } from '../schemas.ts';
import { type BusEvent, SOURCE } from './bus.ts';

// RFC 1123, as the API server checks them: a hint's names become parts of request paths
const namespace = z.string().check(z.regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/));
const name = z
  .string()
  .check(z.maxLength(253), z.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/));

/** "Look at this Capture"; without a name, at all Captures of the namespace that are not finished. */
export const Hint = z.object({
  cluster: z.string().check(z.minLength(1), z.maxLength(100)),
  namespace,
  name: z.optional(name),
  reason: z.string().check(z.maxLength(200)), // what was seen, e.g. "captures create"
  auditID: z.optional(z.string().check(z.maxLength(100))), // or whatever names the event at its source
  seenAt: z.optional(z.string()), // RFC 3339, when the API server saw it
});
export type Hint = z.infer<typeof Hint>;

const DETAIL_TYPE = 'Capture Hint';

export function hintEvent(hint: Hint): BusEvent {
  const facts = [hint.cluster, hint.namespace, hint.name, hint.reason, hint.auditID].join('\0');
  const id = createHash('sha256').update(facts).digest('hex').slice(0, 32);
  return { detailType: DETAIL_TYPE, detail: { metadata: { id, version: 1 }, data: { ...hint } } };
}

const Key = z.object({ cluster: Hint.shape.cluster, namespace, name });
const HintMessage = z.object({ 'detail-type': z.literal(DETAIL_TYPE), detail: z.object({ data: Hint }) });
const IndexedMessage = z.object({
  'detail-type': z.literal('Capture Indexed'),
  detail: z.object({ data: Key }),
});
const Message = z.intersection(
  z.object({ source: z.literal(SOURCE) }),
  z.discriminatedUnion('detail-type', [HintMessage, IndexedMessage]),
);

/** The hint in a message from the bus: one of ours, or that a file of a Capture was indexed. Throws on any other. */
export function readHint(body: string): Hint {
  const message = Message.parse(JSON.parse(body));
  const { data } = message.detail;
  return 'reason' in data ? data : { ...data, reason: 'indexed' };
}
