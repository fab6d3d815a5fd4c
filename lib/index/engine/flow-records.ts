import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';

/** Records of flows that ended (see kernel/conn.ts). */
export interface FlowBatch {
  at: number; // in the kernel's memory
  count: number;
}

/** A batch of flows that ended, which is filled by the kernel. */
export class FlowRecords {
  readonly #kernel: Kernel;
  #at = 0;

  /** The batch is at `place`. */
  constructor(kernel: Kernel, place: number) {
    this.#kernel = kernel;
    this.next(place);
  }

  get count(): number {
    return this.#kernel.state[at.FLOW_RECORD_COUNT]!;
  }

  get batch(): FlowBatch {
    return { at: this.#at, count: this.count };
  }

  /** Begins another one. */
  next(place: number): void {
    this.#at = place;
    this.#kernel.exports.useFlows(place);
    this.#kernel.state[at.FLOW_RECORD_COUNT] = 0;
  }
}
