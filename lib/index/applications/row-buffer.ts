import type { AnalysisContext, FlowRef } from '../analyser.ts';
import { UID_WIDTH, type Uids } from '../engine/names.ts';
import type { Column, TableName, TableSink } from '../table.ts';
import {
  AddressColumn,
  BATCH_ROWS,
  FixedTextColumn,
  NumberColumn,
  type RowColumn,
  TimeColumn,
} from './columns.ts';

/** How the columns of a table are filled. */
export interface RowWriter<T> {
  /** The columns that the table has besides those of its flow. */
  readonly columns: Record<string, RowColumn>;
  /** Sets all of them. */
  write(row: number, seen: T): void;
}

/**
 * Gathers the rows of one application table and hands them on as batches. Columns are filled for a whole batch at a
 * time, as each of them lies elsewhere in memory; what a row is made of is not to change once it was added.
 */
export class RowBuffer<T> {
  readonly #table: TableName;
  readonly #sink: TableSink;
  readonly #uids: Uids;
  readonly #writer: RowWriter<T>;
  readonly #flows: FlowRef[] = [];
  readonly #times = new Float64Array(BATCH_ROWS);
  readonly #seen: T[] = [];
  readonly #ts: TimeColumn;
  readonly #uid = new FixedTextColumn(UID_WIDTH);
  readonly #flow = new NumberColumn(new Int32Array(BATCH_ROWS));
  readonly #origHost = new AddressColumn();
  readonly #origPort = new NumberColumn(new Int32Array(BATCH_ROWS));
  readonly #respHost = new AddressColumn();
  readonly #respPort = new NumberColumn(new Int32Array(BATCH_ROWS));
  readonly #columns: readonly [name: string, column: RowColumn][];

  constructor(table: TableName, { sink, epoch, uids }: AnalysisContext, writer: RowWriter<T>) {
    this.#table = table;
    this.#sink = sink;
    this.#uids = uids;
    this.#writer = writer;
    this.#ts = new TimeColumn(epoch);
    this.#columns = Object.entries({
      ts: this.#ts,
      uid: this.#uid,
      flow: this.#flow,
      id_orig_h: this.#origHost,
      id_orig_p: this.#origPort,
      id_resp_h: this.#respHost,
      id_resp_p: this.#respPort,
      ...writer.columns,
    });
  }

  /** One row of `flow` at `time` (nanoseconds after the capture's epoch). */
  add(flow: FlowRef, time: number, seen: T): void {
    const rows = this.#flows.push(flow);
    this.#times[rows - 1] = time;
    this.#seen.push(seen);
    if (rows === BATCH_ROWS) this.flush();
  }

  flush(): void {
    const rows = this.#flows.length;
    if (rows === 0) return;
    for (let row = 0; row < rows; row++) {
      this.#writeFlow(row, this.#flows[row]!);
      this.#writer.write(row, this.#seen[row]!);
    }
    this.#flows.length = 0;
    this.#seen.length = 0;
    const columns: Record<string, Column> = {};
    for (const [name, column] of this.#columns) columns[name] = column.column(rows);
    this.#sink.write({ table: this.#table, rows, columns });
    for (const [, column] of this.#columns) column.clear();
  }

  #writeFlow(row: number, flow: FlowRef): void {
    this.#ts.set(row, this.#times[row]!);
    this.#uids.write(flow.flow, this.#uid.bytes, row * UID_WIDTH);
    this.#flow.values[row] = flow.flow;
    this.#origHost.set(row, flow.origHost);
    this.#origPort.values[row] = flow.origPort;
    this.#respHost.set(row, flow.respHost);
    this.#respPort.values[row] = flow.respPort;
  }
}
