import type { FlowRef } from '../analyser.ts';
import {
  type Batch,
  type Column,
  type ColumnType,
  TABLES,
  type TableName,
  type TableSink,
} from '../table.ts';

const BATCH_ROWS = 4096;

export type Value = string | number | boolean | readonly string[] | readonly number[] | null;
export type Row = { readonly [column: string]: Value };

/** Gathers the rows of one application table and hands them on as batches. */
export class RowBuffer {
  readonly #table: TableName;
  readonly #sink: TableSink;
  readonly #epoch: bigint;
  #times: number[] = [];
  #flows: FlowRef[] = [];
  #rows: Row[] = [];

  constructor(table: TableName, sink: TableSink, epoch: bigint) {
    this.#table = table;
    this.#sink = sink;
    this.#epoch = epoch;
  }

  /** One row of `flow` at `time` (nanoseconds after the capture's epoch); `row` holds the table's own columns. */
  add(flow: FlowRef, time: number, row: Row): void {
    this.#times.push(time);
    this.#flows.push(flow);
    this.#rows.push(row);
    if (this.#rows.length >= BATCH_ROWS) this.flush();
  }

  flush(): void {
    if (this.#rows.length === 0) return;
    const columns: Record<string, Column> = {};
    for (const [name, type] of Object.entries(TABLES[this.#table])) {
      columns[name] = this.#flowColumn(name) ?? column(type, name, this.#rows);
    }
    const batch: Batch = { table: this.#table, rows: this.#rows.length, columns };
    this.#times = [];
    this.#flows = [];
    this.#rows = [];
    this.#sink.write(batch);
  }

  #flowColumn(name: string): Column | undefined {
    switch (name) {
      case 'ts':
        return { values: BigInt64Array.from(this.#times, time => this.#epoch + BigInt(Math.round(time))) };
      case 'uid':
        return { values: this.#flows.map(flow => flow.uid) };
      case 'flow':
        return { values: Int32Array.from(this.#flows, flow => flow.flow) };
      case 'id_orig_h':
        return { values: this.#flows.map(flow => flow.origHost) };
      case 'id_orig_p':
        return { values: Int32Array.from(this.#flows, flow => flow.origPort) };
      case 'id_resp_h':
        return { values: this.#flows.map(flow => flow.respHost) };
      case 'id_resp_p':
        return { values: Int32Array.from(this.#flows, flow => flow.respPort) };
      default:
        return undefined;
    }
  }
}

function column(type: ColumnType, name: string, rows: readonly Row[]): Column {
  const cells = rows.map(row => row[name] ?? null);
  switch (type) {
    case 'string':
      return { values: cells as (string | null)[] };
    case 'list<string>':
      return { values: cells as (string[] | null)[] };
    case 'list<double>':
      return { values: cells as (number[] | null)[] };
    case 'int32':
      return { values: Int32Array.from(cells, Number), nulls: nulls(cells) };
    case 'double':
      return { values: Float64Array.from(cells, Number), nulls: nulls(cells) };
    case 'boolean':
      return { values: Uint8Array.from(cells, Number), nulls: nulls(cells) };
    case 'int64':
    case 'timestamp':
      return { values: BigInt64Array.from(cells, cell => BigInt(Number(cell))), nulls: nulls(cells) };
  }
}

function nulls(cells: readonly Value[]): Uint8Array {
  return Uint8Array.from(cells, cell => (cell === null ? 1 : 0));
}
