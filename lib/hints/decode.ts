import { auditWebhook } from './audit-webhook.ts';
import { cloudWatchAudit } from './cloudwatch-audit.ts';
import type { Decoder } from './decoder.ts';
import { eventExporter } from './event-exporter.ts';
import type { Hint } from './hint.ts';
import { knative } from './knative.ts';

const DECODERS: Decoder[] = [cloudWatchAudit, auditWebhook, knative, eventExporter];

/**
 * The hints in an event of any forwarder, each Capture once. Throws on an event that no decoder knows: something
 * is wired to the wrong function, and silence would hide it.
 */
export function decode(event: unknown, clusters: string[]): Hint[] {
  for (const decoder of DECODERS) {
    const hints = decoder(event, clusters);
    if (hints) return distinct(hints);
  }
  throw new Error('an event of no kind that is known here');
}

/** One hint a Capture: the last, since it makes the others superfluous. */
function distinct(hints: Hint[]): Hint[] {
  return [
    ...new Map(hints.map(hint => [`${hint.cluster}/${hint.namespace}/${hint.name ?? ''}`, hint])).values(),
  ];
}
