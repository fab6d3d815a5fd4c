import { type Catalog, tableFiles } from '../lib/index/query/catalog.ts';
import { type Row, readRows } from '../lib/index/query/rows.ts';

/** Columns of `conn` that tell who an end of a flow is. */
export const IDENTITY = ['orig', 'resp'].flatMap(end => [
  `${end}_namespace`,
  `${end}_pod_name`,
  `${end}_service`,
  `${end}_node_name`,
  `${end}_dns_names`,
]);

/** Adds to rows of other tables who the ends of their flows are. */
export async function addIdentity(catalog: Catalog, rows: Row[]): Promise<void> {
  const byFlow = new Map<unknown, Row[]>();
  for (const row of rows) byFlow.set(row.uid, [...(byFlow.get(row.uid) ?? []), row]);
  if (byFlow.size === 0) return;
  for (const file of tableFiles(catalog, 'conn')) {
    for await (const { uid, ...identity } of readRows(catalog.objects, file, ['uid', ...IDENTITY])) {
      for (const row of byFlow.get(uid) ?? []) Object.assign(row, identity);
    }
  }
}
