import type { Finding } from '../../../../lib/index/findings/finding.ts';
import { createFindings } from '../../../../lib/index/findings/index.ts';
import { batchOf, type Cells, capture } from './batches.ts';

interface Rows {
  conn?: Cells[];
  dns?: Cells[];
  ssl?: Cells[];
  http?: Cells[];
  capture?: Cells[];
}

/** The findings of a capture with these rows. */
export function find(rows: Rows, subject = 's3://bucket/a.pcap'): Finding[] {
  const findings = createFindings(subject);
  for (const table of ['dns', 'ssl', 'http', 'conn', 'capture'] as const) {
    const list = rows[table] ?? (table === 'capture' ? [capture()] : []);
    // In batches of three, as rows may be cut anywhere.
    for (let i = 0; i < list.length; i += 3) findings.observe(batchOf(table, list.slice(i, i + 3)));
  }
  const found = findings.finish();
  findings.end();
  return found;
}

/** The only one that there is. */
export function only(rows: Rows): Finding {
  const all = find(rows);
  expect(all.map(finding => finding.rule)).toHaveLength(1);
  return all[0]!;
}
