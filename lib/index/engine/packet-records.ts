import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';

/** Records of packets, and behind room for PACKET_RECORDS of them the ordinals of their flows. */
export interface PacketBatch {
  at: number; // in the kernel's memory
  count: number;
  flowCount: number;
}

/** A batch of packets that is filled by the kernel, a record for each in the order in which they come. */
export class PacketRecords {
  readonly #kernel: Kernel;
  #at = 0;

  /** The batch is at `place`. */
  constructor(kernel: Kernel, place: number) {
    this.#kernel = kernel;
    kernel.state[at.BATCH] = 0;
    this.next(place);
  }

  get count(): number {
    return this.#kernel.state[at.RECORD_COUNT]!;
  }

  get isFull(): boolean {
    return this.count === at.PACKET_RECORDS;
  }

  get batch(): PacketBatch {
    return { at: this.#at, count: this.count, flowCount: this.#kernel.state[at.FLOW_COUNT]! };
  }

  /** Begins another one. Batches count from 1: a row of a flow that is all zero is in none. */
  next(place: number): void {
    const { state, exports } = this.#kernel;
    this.#at = place;
    exports.usePackets(place);
    state[at.RECORD_COUNT] = 0;
    state[at.FLOW_COUNT] = 0;
    state[at.BATCH] = state[at.BATCH]! + 1;
  }
}
