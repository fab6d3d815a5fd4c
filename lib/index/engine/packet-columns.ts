import type { Clock } from '../../pcap/record.ts';
import type { Columns } from '../columns/columns.ts';
import * as layout from '../kernel/layout.ts';
import type { Batch } from '../table.ts';
import type { PacketBatch } from './packet-records.ts';

/** Makes columns of packets, sorted by flow, then by offset, in the kernel's memory. */
export class PacketColumns {
  readonly #columns: Columns;
  readonly #ts: BigInt64Array;
  readonly #offset: BigInt64Array;
  readonly #flow: Int32Array;
  readonly #caplen: Int32Array;
  readonly #origlen: Int32Array;
  readonly #member: Int32Array;
  readonly #direction: Int32Array;
  readonly #duplicate: Uint8Array;

  constructor(columns: Columns) {
    this.#columns = columns;
    const { buffer } = columns;
    const int64 = (column: number) => new BigInt64Array(buffer, column, layout.PACKET_RECORDS);
    const int32 = (column: number) => new Int32Array(buffer, column, layout.PACKET_RECORDS);
    this.#ts = int64(layout.TS_COLUMN);
    this.#offset = int64(layout.OFFSET_COLUMN);
    this.#flow = int32(layout.FLOW_COLUMN);
    this.#caplen = int32(layout.CAPLEN_COLUMN);
    this.#origlen = int32(layout.ORIGLEN_COLUMN);
    this.#member = int32(layout.MEMBER_COLUMN);
    this.#direction = int32(layout.DIRECTION_COLUMN);
    this.#duplicate = new Uint8Array(buffer, layout.DUPLICATE_COLUMN, layout.PACKET_RECORDS);
  }

  /** The packets as rows; valid until the next call. */
  batch({ at, count, flowCount }: PacketBatch, { epoch, unit }: Pick<Clock, 'epoch' | 'unit'>): Batch {
    this.#columns.exports.makePackets(at, count, flowCount, epoch, unit);
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
