import type { Evidence, Finding, Severity } from './finding.ts';

/** What `Capture Finding` says on the bus; times are RFC 3339 in UTC. */
export interface FindingEventData {
  rule: string;
  severity: Severity;
  title: string;
  count: number;
  firstSeen: string | null;
  lastSeen: string | null;
  flows: string[];
  evidence: { [key: string]: Evidence };
}

const MAX_EVIDENCE = 64 * 1024; // an event holds at most 256 KiB on a queue

export function findingEventData(finding: Finding): FindingEventData {
  const large = JSON.stringify(finding.evidence).length > MAX_EVIDENCE;
  return {
    rule: finding.rule,
    severity: finding.severity,
    title: finding.title,
    count: finding.count,
    firstSeen: rfc3339(finding.firstTs),
    lastSeen: rfc3339(finding.lastTs),
    flows: finding.uids,
    evidence: large ? { omitted: 'too large for an event; see the findings table' } : finding.evidence,
  };
}

function rfc3339(ts: bigint | null): string | null {
  return ts === null ? null : new Date(Number(ts / 1_000_000n)).toISOString();
}
