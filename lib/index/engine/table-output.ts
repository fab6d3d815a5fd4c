import { readBatch } from '../applications/tables.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { FLOW_RECORDS_AT } from '../kernel/layout.ts';
import type { TableRows } from '../kernel/table-rows.ts';
import type { Batch, TableSink } from '../table.ts';
import { ConnRows } from './conn-rows.ts';
import type { FlowRecords } from './flow-records.ts';
import type { EngineOutput, References } from './output.ts';
import { type PacketBatch, PacketColumns } from './packet-columns.ts';
import type { PacketRecords } from './packet-records.ts';

/** Makes tables of what the engine puts out. */
export class TableOutput implements EngineOutput {
  readonly #sink: TableSink;
  #connRows: ConnRows | undefined;
  #packetColumns: PacketColumns | undefined;

  constructor(sink: TableSink) {
    this.#sink = sink;
  }

  takeFlows({ kernel, count }: FlowRecords, references: References): void {
    this.takeRecords(kernel, FLOW_RECORDS_AT, count, references);
  }

  /** Flows as {@link FlowRecords}, wherever they lie in the memory of the kernel, which is always the same. */
  takeRecords(kernel: Kernel, records: number, count: number, references: References): void {
    this.#connRows ??= new ConnRows(kernel, references);
    this.#sink.write(this.#connRows.batch(records, count));
  }

  takePackets({ kernel, batch }: PacketRecords, references: References): void {
    this.takeBatch(kernel, batch, references);
  }

  /** Packets as {@link PacketRecords}, wherever they lie in the memory of the kernel, which is always the same. */
  takeBatch(kernel: Kernel, batch: PacketBatch, { clock }: References): void {
    this.#packetColumns ??= new PacketColumns(kernel);
    this.#sink.write(this.#packetColumns.batch(batch, clock));
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
