import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';
import type { Batch } from '../table.ts';

/** A batch of packets, sorted by flow, then by offset, in the kernel's memory. */
export class PacketColumns {
  readonly #ts: BigInt64Array;
  readonly #offset: BigInt64Array;
  readonly #flow: Int32Array;
  readonly #caplen: Int32Array;
  readonly #origlen: Int32Array;
  readonly #member: Int32Array;
  readonly #direction: Int32Array;
  readonly #duplicate: Uint8Array;

  constructor({ buffer }: Kernel) {
    const int64 = (column: number) => new BigInt64Array(buffer, column, at.PACKET_RECORDS);
    const int32 = (column: number) => new Int32Array(buffer, column, at.PACKET_RECORDS);
    this.#ts = int64(at.TS_COLUMN);
    this.#offset = int64(at.OFFSET_COLUMN);
    this.#flow = int32(at.FLOW_COLUMN);
    this.#caplen = int32(at.CAPLEN_COLUMN);
    this.#origlen = int32(at.ORIGLEN_COLUMN);
    this.#member = int32(at.MEMBER_COLUMN);
    this.#direction = int32(at.DIRECTION_COLUMN);
    this.#duplicate = new Uint8Array(buffer, at.DUPLICATE_COLUMN, at.PACKET_RECORDS);
  }

  /** The first `count` rows as rows of `packets`; valid until the columns change. */
  batch(count: number): Batch {
    return {
      table: 'packets',
      rows: count,
      columns: {
        flow: { values: this.#flow.subarray(0, count) },
        ts: { values: this.#ts.subarray(0, count) },
        offset: { values: this.#offset.subarray(0, count) },
        member: { values: this.#member.subarray(0, count) },
        caplen: { values: this.#caplen.subarray(0, count) },
        origlen: { values: this.#origlen.subarray(0, count) },
        direction: { values: this.#direction.subarray(0, count) },
        duplicate: { values: this.#duplicate.subarray(0, count) },
      },
    };
  }
}
