import type { Batch } from '../table.ts';
import type { Finding } from './finding.ts';

/** Findings as rows of the table of that name. */
export function findingsBatch(findings: readonly Finding[]): Batch {
  return {
    table: 'findings',
    rows: findings.length,
    columns: {
      id: { values: findings.map(finding => finding.id) },
      rule: { values: findings.map(finding => finding.rule) },
      severity: { values: findings.map(finding => finding.severity) },
      title: { values: findings.map(finding => finding.title) },
      first_ts: times(findings.map(finding => finding.firstTs)),
      last_ts: times(findings.map(finding => finding.lastTs)),
      count: { values: BigInt64Array.from(findings, finding => BigInt(finding.count)) },
      uids: { values: findings.map(finding => finding.uids) },
      evidence: { values: findings.map(finding => JSON.stringify(finding.evidence)) },
    },
  };
}

function times(values: (bigint | null)[]): { values: BigInt64Array; nulls: Uint8Array } {
  return {
    values: BigInt64Array.from(values, value => value ?? 0n),
    nulls: Uint8Array.from(values, value => (value === null ? 1 : 0)),
  };
}
