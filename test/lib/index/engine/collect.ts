import {
  type Batch,
  type Column,
  listAt,
  type TableName,
  type TableSink,
  textAt,
} from '../../../../lib/index/table.ts';

export type Value = string | number | bigint | readonly (string | number)[] | null;
export type Row = Record<string, Value>;

function valueAt(column: Column, row: number): Value {
  if (!('values' in column)) return textAt(column, row) ?? listAt(column, row) ?? null;
  if ('nulls' in column && column.nulls?.[row] === 1) return null;
  return column.values[row] ?? null;
}

/** Keeps every row that is written, copied at once: batches reuse their arrays. */
export class Collector implements TableSink {
  readonly rows: Partial<Record<TableName, Row[]>> = {};
  readonly batches: Pick<Batch, 'table' | 'rows'>[] = [];

  write(batch: Batch): void {
    this.batches.push({ table: batch.table, rows: batch.rows });
    this.rows[batch.table] ??= [];
    const rows = this.rows[batch.table]!;
    for (let at = 0; at < batch.rows; at++) {
      const entries = Object.entries(batch.columns).map(([name, column]) => [name, valueAt(column, at)]);
      rows.push(Object.fromEntries(entries));
    }
  }

  async drain(): Promise<void> {}

  table(name: TableName): Row[] {
    return this.rows[name] ?? [];
  }
}
