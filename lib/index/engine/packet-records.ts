import type { Kernel } from '../kernel/kernel.ts';
import {
  BATCH,
  FLOW_COUNT,
  PACKET_FLOWS_AT,
  PACKET_RECORD_BYTES,
  PACKET_RECORDS,
  PACKET_RECORDS_AT,
  RECORD_COUNT,
} from '../kernel/layout.ts';

// A record: eight words, half a cache line, which is moved as a whole.
export const PACKET_RECORD_INTEGERS = PACKET_RECORD_BYTES / 4;
export const FLOW = 0; // its number within the batch
export const CAPLEN = 1;
export const ORIGLEN = 2;
export const REST = 3; // member << 2 | duplicate << 1 | direction
export const TIME = 2; // in doubles
export const OFFSET = 3;

/** Packets of one batch, one record each, in the order in which they came. */
export interface PacketBatch {
  readonly count: number;
  readonly integers: Int32Array;
  readonly doubles: Float64Array;
  /** The ordinals of the flows that have packets in the batch, by their number within it. */
  readonly flows: Int32Array;
  readonly flowCount: number;
}

/** The batch that the kernel is filling, in its memory. */
export class PacketRecords implements PacketBatch {
  readonly integers: Int32Array;
  readonly doubles: Float64Array;
  readonly flows: Int32Array;
  readonly #state: Int32Array;

  constructor(kernel: Kernel) {
    const words = PACKET_RECORDS * PACKET_RECORD_INTEGERS;
    this.integers = kernel.integersAt(PACKET_RECORDS_AT, words);
    this.doubles = kernel.doublesAt(PACKET_RECORDS_AT, words / 2);
    this.flows = kernel.integersAt(PACKET_FLOWS_AT, PACKET_RECORDS);
    this.#state = kernel.state;
    this.#state[BATCH] = 0;
    this.nextBatch();
  }

  get count(): number {
    return this.#state[RECORD_COUNT]!;
  }

  get flowCount(): number {
    return this.#state[FLOW_COUNT]!;
  }

  get isFull(): boolean {
    return this.count === PACKET_RECORDS;
  }

  /** Begins anew. Batches count from 1: a row of a flow that is all zero is in none. */
  nextBatch(): void {
    const state = this.#state;
    state[RECORD_COUNT] = 0;
    state[FLOW_COUNT] = 0;
    state[BATCH] = state[BATCH]! + 1;
  }
}
