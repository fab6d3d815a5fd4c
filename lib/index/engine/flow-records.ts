import { FLOW_RECORD_BYTES, FLOW_RECORDS } from '../kernel/conn.ts';
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';

/** Flows that ended: a batch of records, in the kernel's memory (see kernel/conn.ts). */
export class FlowRecords {
  readonly kernel: Kernel;
  readonly #bytes: Uint8Array;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.#bytes = kernel.bytes.subarray(
      at.FLOW_RECORDS_AT,
      at.FLOW_RECORDS_AT + FLOW_RECORDS * FLOW_RECORD_BYTES,
    );
    this.clear();
  }

  get count(): number {
    return this.kernel.state[at.FLOW_RECORD_COUNT]!;
  }

  clear(): void {
    this.kernel.state[at.FLOW_RECORD_COUNT] = 0;
  }

  /** The records, which lie in memory of the kernel. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.count * FLOW_RECORD_BYTES);
  }
}
