import type { AnalysisContext, FlowRef } from '../analyser.ts';
import { UID_WIDTH, type Uids } from '../engine/names.ts';
import type { Column, TableName, TableSink } from '../table.ts';
import {
  BATCH_ROWS,
  FixedTextColumn,
  NumberColumn,
  type RowColumn,
  TextColumn,
  TimeColumn,
} from './columns.ts';

/** Gathers the rows of one application table and hands them on as batches. */
export class RowBuffer {
  readonly #table: TableName;
  readonly #sink: TableSink;
  readonly #uids: Uids;
  readonly #ts: TimeColumn;
  readonly #uid = new FixedTextColumn(UID_WIDTH);
  readonly #flow = new NumberColumn(new Int32Array(BATCH_ROWS));
  readonly #origHost = new TextColumn();
  readonly #origPort = new NumberColumn(new Int32Array(BATCH_ROWS));
  readonly #respHost = new TextColumn();
  readonly #respPort = new NumberColumn(new Int32Array(BATCH_ROWS));
  readonly #columns: readonly [name: string, column: RowColumn][];
  #rows = 0;

  /** `own` are the columns that the table has besides those of its flow. */
  constructor(table: TableName, { sink, epoch, uids }: AnalysisContext, own: Record<string, RowColumn>) {
    this.#table = table;
    this.#sink = sink;
    this.#uids = uids;
    this.#ts = new TimeColumn(epoch);
    this.#columns = Object.entries({
      ts: this.#ts,
      uid: this.#uid,
      flow: this.#flow,
      id_orig_h: this.#origHost,
      id_orig_p: this.#origPort,
      id_resp_h: this.#respHost,
      id_resp_p: this.#respPort,
      ...own,
    });
  }

  /** Number of a new row of `flow` at `time`; its own columns are to be set before the next one is asked for. */
  next(flow: FlowRef, time: number): number {
    if (this.#rows === BATCH_ROWS) this.flush();
    const row = this.#rows++;
    this.#ts.set(row, time);
    this.#uids.write(flow.flow, this.#uid.bytes, row * UID_WIDTH);
    this.#flow.values[row] = flow.flow;
    this.#origHost.set(row, flow.origHost);
    this.#origPort.values[row] = flow.origPort;
    this.#respHost.set(row, flow.respHost);
    this.#respPort.values[row] = flow.respPort;
    return row;
  }

  flush(): void {
    const rows = this.#rows;
    if (rows === 0) return;
    this.#rows = 0;
    const columns: Record<string, Column> = {};
    for (const [name, column] of this.#columns) columns[name] = column.column(rows);
    this.#sink.write({ table: this.#table, rows, columns });
    for (const [, column] of this.#columns) column.clear();
  }
}
