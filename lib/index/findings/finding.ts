import { createHash } from 'node:crypto';

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';

export type Evidence = string | number | boolean | null | Evidence[] | { [key: string]: Evidence };

/** What an engineer would say after reading the capture. */
export interface Finding {
  id: string; // the same for the same fact however often the same capture is indexed
  rule: string;
  severity: Severity;
  title: string; // one sentence
  firstTs: bigint | null; // nanoseconds since the Unix epoch
  lastTs: bigint | null;
  count: number;
  uids: string[]; // of flows that show it, at most 20
  evidence: { [key: string]: Evidence };
}

/** A finding as its rule states it. `about` tells it from the rule's others in the same capture. */
export type Statement = Omit<Finding, 'id' | 'rule'> & { about: string };

/** `subject` names the captured file: object key and version, or a path. */
export function identify(subject: string, rule: string, statement: Statement): Finding {
  const { about, ...rest } = statement;
  const digest = createHash('sha256')
    .update(JSON.stringify([subject, rule, about]))
    .digest('hex');
  return { id: digest.slice(0, 32), rule, ...rest };
}

const ORDER: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

/** Worst first, then most often. */
export function bySeverity(one: Finding, other: Finding): number {
  return (
    ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity) ||
    other.count - one.count ||
    (one.id < other.id ? -1 : 1)
  );
}
