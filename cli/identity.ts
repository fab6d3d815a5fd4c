import { flowOfUid } from '../lib/index/cut/flow-uid.ts';
import type { Catalog } from '../lib/index/query/catalog.ts';
import { groupsWithin, openTable, readColumns } from '../lib/index/query/columns.ts';
import { type Row, rowMaker } from '../lib/index/query/rows.ts';
import type { TableFile } from '../lib/index/store/table-files.ts';
import type { Objects } from '../lib/storage/objects.ts';

/** Columns of `conn` that tell who an end of a flow is. */
export const IDENTITY = ['orig', 'resp'].flatMap(end => [
  `${end}_namespace`,
  `${end}_pod_name`,
  `${end}_service`,
  `${end}_node_name`,
  `${end}_dns_names`,
]);

/** Adds to rows of other tables who the ends of their flows are. */
export async function addIdentity({ objects, indexed }: Catalog, rows: readonly Row[]): Promise<void> {
  for (const { uids, files } of indexed) {
    const byFlow = rowsByFlow(rows, uids);
    if (byFlow.size === 0) continue;
    for (const file of files) if (file.table === 'conn') await addFrom(objects, file, byFlow);
  }
}

/** Rows of the file whose flows' uids begin with `uids`, by the number of their flow. */
function rowsByFlow(rows: readonly Row[], uids: string): Map<number, Row[]> {
  const byFlow = new Map<number, Row[]>();
  for (const row of rows) {
    if (typeof row.uid !== 'string' || !row.uid.startsWith(uids)) continue;
    const flow = flowOfUid(row.uid);
    if (flow === undefined) continue;
    const others = byFlow.get(flow);
    if (others) others.push(row);
    else byFlow.set(flow, [row]);
  }
  return byFlow;
}

async function addFrom(objects: Objects, file: TableFile, byFlow: Map<number, Row[]>): Promise<void> {
  const table = await openTable(objects, file);
  const flows = [...byFlow.keys()].sort((a, b) => a - b);
  for (const group of groupsWithin(table, 'flow', flows)) {
    const columns = await readColumns(table, group, ['flow', ...IDENTITY]);
    const flowAt = columns('flow');
    const identityAt = rowMaker('conn', columns, IDENTITY);
    for (let row = 0; row < group.rows; row++) {
      for (const other of byFlow.get(flowAt(row) as number) ?? []) Object.assign(other, identityAt(row));
    }
  }
}
