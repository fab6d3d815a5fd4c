import type { Clock } from '../../pcap/record.ts';
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';
import type { Batch } from '../table.ts';
import { PacketColumns } from './packet-columns.ts';

const RECORD_INTEGERS = at.PACKET_RECORD_BYTES / 4;

/** Of a batch of packets, where it is copied to: the records, then the flows. */
export const PACKET_BATCH_BYTES = at.PACKET_RECORDS * (at.PACKET_RECORD_BYTES + 4);

/** A batch of packets in the kernel's memory, a record for each in the order in which they came. */
export class PacketRecords {
  readonly #kernel: Kernel;
  readonly #columns: PacketColumns;
  readonly #records: Int32Array;
  /** Ordinals of the flows that have packets in the batch. */
  readonly #flows: Int32Array;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#columns = new PacketColumns(kernel);
    this.#records = kernel.integersAt(at.PACKET_RECORDS_AT, at.PACKET_RECORDS * RECORD_INTEGERS);
    this.#flows = kernel.integersAt(at.PACKET_FLOWS_AT, at.PACKET_RECORDS);
    kernel.state[at.BATCH] = 0;
    this.nextBatch();
  }

  get count(): number {
    return this.#kernel.state[at.RECORD_COUNT]!;
  }

  get flowCount(): number {
    return this.#kernel.state[at.FLOW_COUNT]!;
  }

  get isFull(): boolean {
    return this.count === at.PACKET_RECORDS;
  }

  /** The packets as rows, sorted by flow, then by offset; valid until the next call. */
  rows({ epoch, unit }: Pick<Clock, 'epoch' | 'unit'>): Batch {
    this.#kernel.exports.sortBatch(epoch, unit);
    return this.#columns.batch(this.count);
  }

  /** Batches count from 1: a row of a flow that is all zero is in none. */
  nextBatch(): void {
    const { state } = this.#kernel;
    state[at.RECORD_COUNT] = 0;
    state[at.FLOW_COUNT] = 0;
    state[at.BATCH] = state[at.BATCH]! + 1;
  }

  /** Copies the batch to memory of {@link PACKET_BATCH_BYTES}. */
  copyTo(memory: Uint8Array): void {
    const { records, flows } = viewsOf(memory);
    records.set(this.#records.subarray(0, this.count * RECORD_INTEGERS));
    flows.set(this.#flows.subarray(0, this.flowCount));
  }

  /** Takes over a batch that was copied there. */
  copyFrom(memory: Uint8Array, count: number, flowCount: number): void {
    const { records, flows } = viewsOf(memory);
    this.#records.set(records.subarray(0, count * RECORD_INTEGERS));
    this.#flows.set(flows.subarray(0, flowCount));
    this.#kernel.state[at.RECORD_COUNT] = count;
    this.#kernel.state[at.FLOW_COUNT] = flowCount;
  }
}

function viewsOf({ buffer, byteOffset }: Uint8Array): { records: Int32Array; flows: Int32Array } {
  const integers = at.PACKET_RECORDS * RECORD_INTEGERS;
  return {
    records: new Int32Array(buffer, byteOffset, integers),
    flows: new Int32Array(buffer, byteOffset + integers * 4, at.PACKET_RECORDS),
  };
}
