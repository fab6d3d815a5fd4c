import type { Batch } from '../table.ts';
import {
  CAPLEN,
  FOLLOWING,
  OFFSET,
  ORIGLEN,
  PACKET_RECORD_INTEGERS,
  PACKET_RECORDS,
  type PacketRecords,
  REST,
  TIME,
} from './packet-records.ts';
import type { Int64Times } from './times.ts';

/** Makes rows of `packets` out of records. The columns of a batch are used again for the next one. */
export class PacketRows {
  readonly #times: Int64Times;
  #columns = new Columns(0);

  constructor(times: Int64Times) {
    this.#times = times;
  }

  /** The rows of a batch of records, sorted by flow, then by offset; valid until the next call. */
  batch({ count, integers, doubles, chains, chainCount }: PacketRecords): Batch {
    if (this.#columns.flow.length < count) this.#columns = new Columns(count);
    const { flow, ts, offset, member, caplen, origlen, direction, duplicate } = this.#columns;
    const tsWords = new Int32Array(ts.buffer);
    const offsetWords = new Int32Array(offset.buffer);
    const inOrder = chains.subarray(0, chainCount).sort();
    let row = 0;
    for (let chain = 0; chain < chainCount; chain++) {
      const ordinal = Math.floor(inOrder[chain]! / PACKET_RECORDS);
      const begin = row;
      let highest = -1;
      let next = inOrder[chain]! - ordinal * PACKET_RECORDS;
      for (; next !== -1; row++) {
        const from = next * PACKET_RECORD_INTEGERS;
        next = integers[from + FOLLOWING]!;
        flow[row] = ordinal;
        caplen[row] = integers[from + CAPLEN]!;
        origlen[row] = integers[from + ORIGLEN]!;
        const rest = integers[from + REST]!;
        member[row] = rest >> 2;
        direction[row] = rest & 1;
        duplicate[row] = (rest >> 1) & 1;
        this.#times.write(tsWords, row, doubles[(from >> 1) + TIME]!);
        const position = doubles[(from >> 1) + OFFSET]!;
        offsetWords[row * 2] = position;
        offsetWords[row * 2 + 1] = position / 0x1_0000_0000;
        if (position < highest) this.#columns.moveBack(row, begin);
        else highest = position;
      }
    }
    return {
      table: 'packets',
      rows: count,
      columns: {
        flow: { values: flow.subarray(0, count) },
        ts: { values: ts.subarray(0, count) },
        offset: { values: offset.subarray(0, count) },
        member: { values: member.subarray(0, count) },
        caplen: { values: caplen.subarray(0, count) },
        origlen: { values: origlen.subarray(0, count) },
        direction: { values: direction.subarray(0, count) },
        duplicate: { values: duplicate.subarray(0, count) },
      },
    };
  }
}

class Columns {
  readonly flow: Int32Array;
  readonly ts: BigInt64Array;
  readonly offset: BigInt64Array;
  readonly member: Int32Array;
  readonly caplen: Int32Array;
  readonly origlen: Int32Array;
  readonly direction: Int32Array;
  readonly duplicate: Uint8Array;

  constructor(rows: number) {
    this.flow = new Int32Array(rows);
    this.ts = new BigInt64Array(rows);
    this.offset = new BigInt64Array(rows);
    this.member = new Int32Array(rows);
    this.caplen = new Int32Array(rows);
    this.origlen = new Int32Array(rows);
    this.direction = new Int32Array(rows);
    this.duplicate = new Uint8Array(rows);
  }

  /**
   * Puts a row among those from `begin` on where its offset belongs: the flow of a fragment is known only once
   * the first fragment came.
   */
  moveBack(row: number, begin: number): void {
    let to = row;
    while (to > begin && this.offset[to - 1]! > this.offset[row]!) to--;
    const { flow, ts, offset, member, caplen, origlen, direction, duplicate } = this;
    for (const column of [flow, ts, offset, member, caplen, origlen, direction, duplicate]) {
      const value = column[row]!;
      column.copyWithin(to + 1, to, row);
      column[to] = value;
    }
  }
}
