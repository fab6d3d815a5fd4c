import { z } from '../schemas.ts';
import { Hint } from './hint.ts';

/** What events tell of an object, whatever their form. */
export const ObjectFacts = z.object({
  kind: z.string(), // Capture, Job, Pod, Secret, PersistentVolumeClaim
  namespace: z.string(),
  name: z.optional(z.string()),
  labels: z.optional(z.record(z.string(), z.string())),
  ownerReferences: z.optional(z.array(z.object({ kind: z.string(), name: z.string() }))),
});
export type ObjectFacts = z.infer<typeof ObjectFacts>;

interface Source {
  cluster: string;
  reason: string;
  auditID?: string | undefined;
  seenAt?: string | undefined;
}

const OURS = /^(?<slug>.+)-[0-9a-f]{10}(?<pod>-[a-z0-9]{5})?$/; // of a Job: lib/capture/names.ts
const CUT = 52;

/** The hint to look at whatever Capture the object concerns; undefined when it concerns none. */
export function objectHint(
  facts: ObjectFacts,
  { cluster, reason, auditID, seenAt }: Source,
): Hint | undefined {
  const concerned = captureOf(facts);
  if (!concerned) return undefined;
  const hint = Hint.safeParse({
    cluster,
    namespace: facts.namespace,
    ...concerned,
    reason,
    ...(auditID && { auditID }),
    ...(seenAt && { seenAt }),
  });
  return hint.success ? hint.data : undefined;
}

/** Its name; `{}` when it is one of the namespace's Captures and cannot be told which. */
function captureOf({
  kind,
  name,
  labels = {},
  ownerReferences = [],
}: ObjectFacts): { name?: string } | undefined {
  switch (kind) {
    case 'Capture':
      return name ? { name } : {};
    case 'Job':
    case 'Pod': {
      const owner = ownerReferences.find(reference => reference.kind === 'Capture')?.name;
      if (owner) return { name: owner };
      if (labels['retina.sh/app'] === 'capture' || labels['capture-name'])
        return byLabel(labels['capture-name']);
      return byName(name, kind === 'Pod');
    }
    case 'Secret':
    case 'PersistentVolumeClaim':
      return {}; // a Capture may be waiting for it
    default:
      return undefined;
  }
}

/** A label holds at most 63 characters, a Capture's name may have more: then it is cut and hashed. */
const byLabel = (label: string | undefined) => (label && label.length < 63 ? { name: label } : {});

/** A kubelet's report carries no labels, only the name that we gave the Job. */
function byName(name: string | undefined, isPod: boolean): { name?: string } | undefined {
  const match = OURS.exec(name ?? '')?.groups;
  if (!match?.slug || (match.pod !== undefined) !== isPod) return undefined;
  return match.slug.length < CUT ? { name: match.slug } : {};
}
