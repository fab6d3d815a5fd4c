import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';
import type { PacketBatch } from './packet-columns.ts';

/** Of the records of a batch, and the ordinals of its flows behind them, where it is copied to. */
export const PACKET_BATCH_BYTES = at.PACKET_RECORDS * (at.PACKET_RECORD_BYTES + 4);

/** A batch of packets in the kernel's memory, a record for each in the order in which they came. */
export class PacketRecords {
  readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    kernel.state[at.BATCH] = 0;
    this.nextBatch();
  }

  get count(): number {
    return this.kernel.state[at.RECORD_COUNT]!;
  }

  /** How many flows have packets in the batch. */
  get flowCount(): number {
    return this.kernel.state[at.FLOW_COUNT]!;
  }

  get isFull(): boolean {
    return this.count === at.PACKET_RECORDS;
  }

  get batch(): PacketBatch {
    return { at: at.PACKET_RECORDS_AT, count: this.count, flowCount: this.flowCount };
  }

  /** Batches count from 1: a row of a flow that is all zero is in none. */
  nextBatch(): void {
    const { state } = this.kernel;
    state[at.RECORD_COUNT] = 0;
    state[at.FLOW_COUNT] = 0;
    state[at.BATCH] = state[at.BATCH]! + 1;
  }

  /** Copies the batch to memory of {@link PACKET_BATCH_BYTES}, where it can be read as it is. */
  copyTo(memory: Uint8Array): void {
    const copy = (from: number, length: number) =>
      memory.set(this.kernel.bytes.subarray(from, from + length), from - at.PACKET_RECORDS_AT);
    copy(at.PACKET_RECORDS_AT, this.count * at.PACKET_RECORD_BYTES);
    copy(at.PACKET_FLOWS_AT, this.flowCount * 4);
  }
}
