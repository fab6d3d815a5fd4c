import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { fileSource } from '../../../../lib/index/engine/source.ts';
import type { Batch, TableName } from '../../../../lib/index/table.ts';
import { type Row, rowsOf } from './harness.ts';

/** Every row that a capture file gives, table by table, in the order of their time. */
export async function tablesOf(path: string): Promise<(table: TableName) => Row[]> {
  const tables = new Map<TableName, Row[]>();
  const sink = {
    write(batch: Batch) {
      tables.set(batch.table, [...(tables.get(batch.table) ?? []), ...rowsOf(batch)]);
    },
    async drain() {},
  };
  await indexCapture(fileSource(path), sink, { analysers: startAnalysers });
  return table => (tables.get(table) ?? []).sort((a, b) => Number((a.ts as bigint) - (b.ts as bigint)));
}

/** The values of some columns, row by row. */
export function pick(rows: Row[], ...columns: string[]): unknown[][] {
  return rows.map(row => columns.map(column => row[column]));
}
