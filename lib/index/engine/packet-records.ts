import type { Clock } from '../../pcap/record.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { BATCH, COLUMNS_AT, FLOW_COUNT, PACKET_RECORDS, RECORD_COUNT } from '../kernel/layout.ts';
import { PacketColumns } from './packet-columns.ts';

/** The batch of packets that the kernel is filling, a record for each in the order in which they come. */
export class PacketRecords {
  readonly #kernel: Kernel;
  readonly #columns: PacketColumns;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#columns = new PacketColumns(kernel.buffer, COLUMNS_AT);
    kernel.state[BATCH] = 0;
    this.#nextBatch();
  }

  get count(): number {
    return this.#kernel.state[RECORD_COUNT]!;
  }

  get isFull(): boolean {
    return this.count === PACKET_RECORDS;
  }

  /** The packets so far, sorted; valid until the next call. Another batch begins. */
  take({ epoch, unit }: Pick<Clock, 'epoch' | 'unit'>): PacketColumns {
    this.#columns.count = this.count;
    this.#kernel.exports.sortBatch(epoch, unit);
    this.#nextBatch();
    return this.#columns;
  }

  /** Batches count from 1: a row of a flow that is all zero is in none. */
  #nextBatch(): void {
    const { state } = this.#kernel;
    state[RECORD_COUNT] = 0;
    state[FLOW_COUNT] = 0;
    state[BATCH] = state[BATCH]! + 1;
  }
}
