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
  #columns: Columns;

  constructor(times: Int64Times) {
    this.#times = times;
    this.#columns = new Columns(0, times);
  }

  /** The rows of a batch of records, sorted by flow, then by offset; valid until the next call. */
  batch({ count, integers, doubles, chains, chainCount }: PacketRecords): Batch {
    if (this.#columns.flow.length < count) this.#columns = new Columns(count, this.#times);
    const columns = this.#columns;
    const { flow, ts, offset, member, caplen, origlen, direction, duplicate } = columns;
    const inOrder = chains.subarray(0, chainCount).sort();
    let row = 0;
    for (let chain = 0; chain < chainCount; chain++) {
      row = columns.addChain(inOrder[chain]!, row, integers, doubles);
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
  readonly #times: Int64Times;
  readonly #tsWords: Int32Array;
  readonly #offsetWords: Int32Array;

  constructor(rows: number, times: Int64Times) {
    this.flow = new Int32Array(rows);
    this.ts = new BigInt64Array(rows);
    this.offset = new BigInt64Array(rows);
    this.member = new Int32Array(rows);
    this.caplen = new Int32Array(rows);
    this.origlen = new Int32Array(rows);
    this.direction = new Int32Array(rows);
    this.duplicate = new Uint8Array(rows);
    this.#times = times;
    this.#tsWords = new Int32Array(this.ts.buffer);
    this.#offsetWords = new Int32Array(this.offset.buffer);
  }

  /** The rows of one flow from `begin` on; returns where those of the next one begin. */
  addChain(chain: number, begin: number, integers: Int32Array, doubles: Float64Array): number {
    const ordinal = Math.floor(chain / PACKET_RECORDS);
    let row = begin;
    let highest = -1;
    for (let next = chain - ordinal * PACKET_RECORDS; next !== -1; row++) {
      const from = next * PACKET_RECORD_INTEGERS;
      next = integers[from + FOLLOWING]!;
      this.flow[row] = ordinal;
      this.caplen[row] = integers[from + CAPLEN]!;
      this.origlen[row] = integers[from + ORIGLEN]!;
      const rest = integers[from + REST]!;
      this.member[row] = rest >> 2;
      this.direction[row] = rest & 1;
      this.duplicate[row] = (rest >> 1) & 1;
      this.#times.write(this.#tsWords, row, doubles[(from >> 1) + TIME]!);
      const position = doubles[(from >> 1) + OFFSET]!;
      this.#offsetWords[row * 2] = position;
      this.#offsetWords[row * 2 + 1] = position / 0x1_0000_0000;
      if (position < highest) this.#moveBack(row, begin);
      else highest = position;
    }
    return row;
  }

  /**
   * Puts a row among those from `begin` on where its offset belongs: the flow of a fragment is known only once
   * the first fragment came.
   */
  #moveBack(row: number, begin: number): void {
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
