import { type PackedBatch, unpackBatch } from '../packed-columns.ts';
import type { TableSink } from '../table.ts';
import { ConnRows } from './conn-rows.ts';
import { FlowRecords } from './flow-records.ts';
import type { EngineOutput, References } from './output.ts';
import type { PacketRecords } from './packet-records.ts';

/** Makes tables of what the engine puts out. */
export class TableOutput implements EngineOutput {
  readonly flows: FlowRecords;
  readonly #sink: TableSink;
  #connRows: ConnRows | undefined;

  /** Without `flows` it keeps them itself. */
  constructor(sink: TableSink, flows = new FlowRecords()) {
    this.#sink = sink;
    this.flows = flows;
  }

  takeFlows(references: References): void {
    this.#connRows ??= new ConnRows(references);
    this.#sink.write(this.#connRows.batch(this.flows));
    this.flows.count = 0;
  }

  takePackets(packets: PacketRecords, { clock }: References): void {
    this.#sink.write(packets.rows(clock));
  }

  write(batch: PackedBatch): void {
    this.#sink.write(unpackBatch(batch));
  }

  async drain(): Promise<void> {
    await this.#sink.drain();
  }
}
