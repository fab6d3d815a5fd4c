import { readBatch } from '../applications/tables.ts';
import type { Columns } from '../columns/columns.ts';
import { FLOW_BATCHES_AT, PACKET_BATCHES_AT } from '../kernel/layout.ts';
import type { TableRows } from '../kernel/table-rows.ts';
import type { Batch, TableSink } from '../table.ts';
import { ConnRows } from './conn-rows.ts';
import type { FlowBatch } from './flow-records.ts';
import type { EngineOutput, References } from './output.ts';
import { PacketColumns } from './packet-columns.ts';
import type { PacketBatch } from './packet-records.ts';

/** Makes tables of what the engine puts out. */
export class TableOutput implements EngineOutput {
  readonly packetsAt = PACKET_BATCHES_AT;
  readonly flowsAt = FLOW_BATCHES_AT;
  readonly #columns: Columns;
  readonly #packets: PacketColumns;
  readonly #sink: TableSink;
  #connRows: ConnRows | undefined;

  /** `columns`: in the kernel's memory. */
  constructor(columns: Columns, sink: TableSink) {
    this.#columns = columns;
    this.#packets = new PacketColumns(columns);
    this.#sink = sink;
  }

  /** `references` are always the same. */
  takeFlows(flows: FlowBatch, references: References): void {
    this.#connRows ??= new ConnRows(this.#columns, references);
    this.#sink.write(this.#connRows.batch(flows));
  }

  takePackets(packets: PacketBatch, { clock }: References): void {
    this.#sink.write(this.#packets.batch(packets, clock));
  }

  takeRows(rows: TableRows): void {
    this.#sink.write(readBatch(rows));
  }

  write(batch: Batch): void {
    this.#sink.write(batch);
  }

  async drain(): Promise<void> {
    await this.#sink.drain();
  }
}
