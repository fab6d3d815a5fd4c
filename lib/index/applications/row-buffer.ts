import type { FlowRef } from '../analyser.ts';
import {
  type Batch,
  type Column,
  type ColumnType,
  TABLES,
  type TableName,
  type TableSink,
} from '../table.ts';

const BATCH_ROWS = 1024;

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
      case 'ts': {
        const values = new BigInt64Array(this.#times.length);
        for (let i = 0; i < values.length; i++) values[i] = this.#epoch + BigInt(Math.round(this.#times[i]!));
        return { values };
      }
      case 'uid':
        return { values: this.#flows.map(flow => flow.uid) };
      case 'flow':
        return this.#flowNumbers(flow => flow.flow);
      case 'id_orig_h':
        return { values: this.#flows.map(flow => flow.origHost) };
      case 'id_orig_p':
        return this.#flowNumbers(flow => flow.origPort);
      case 'id_resp_h':
        return { values: this.#flows.map(flow => flow.respHost) };
      case 'id_resp_p':
        return this.#flowNumbers(flow => flow.respPort);
      default:
        return undefined;
    }
  }

  #flowNumbers(of: (flow: FlowRef) => number): Column {
    const values = new Int32Array(this.#flows.length);
    for (let i = 0; i < values.length; i++) values[i] = of(this.#flows[i]!);
    return { values };
  }
}

/** Plain loops: `TypedArray.from` goes through an iterator, which costs more than all the rest. */
function column(type: ColumnType, name: string, rows: readonly Row[]): Column {
  switch (type) {
    case 'string':
      return { values: rows.map(row => row[name] as string | null) };
    case 'list<string>':
      return { values: rows.map(row => row[name] as string[] | null) };
    case 'list<double>':
      return { values: rows.map(row => row[name] as number[] | null) };
    case 'int32':
      return numbers(new Int32Array(rows.length), name, rows);
    case 'double':
      return numbers(new Float64Array(rows.length), name, rows);
    case 'boolean':
      return numbers(new Uint8Array(rows.length), name, rows);
    case 'int64':
    case 'timestamp': {
      const { values, nulls } = numbers(new Float64Array(rows.length), name, rows);
      return { values: BigInt64Array.from(values, BigInt), nulls };
    }
  }
}

function numbers<A extends Int32Array | Float64Array | Uint8Array>(
  values: A,
  name: string,
  rows: readonly Row[],
): { values: A; nulls: Uint8Array } {
  const nulls = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i]![name];
    if (value === null) nulls[i] = 1;
    else values[i] = Number(value);
  }
  return { values, nulls };
}
