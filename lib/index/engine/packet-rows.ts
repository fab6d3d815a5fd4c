import { PACKET_RECORDS } from '../kernel/layout.ts';
import type { Batch } from '../table.ts';
import {
  CAPLEN,
  FLOW,
  OFFSET,
  ORIGLEN,
  PACKET_RECORD_INTEGERS,
  type PacketBatch,
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
  batch(records: PacketBatch): Batch {
    const { count } = records;
    if (this.#columns.flow.length < count) this.#columns = new Columns(count, this.#times);
    const columns = this.#columns;
    const { flow, ts, offset, member, caplen, origlen, direction, duplicate } = columns;
    sortByFlow(records, columns.order);
    columns.gather(records);
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

/** Leaves in `order` where each record begins, sorted by the flow's ordinal, records of one flow as they came. */
function sortByFlow({ count, flowCount, integers, flows }: PacketBatch, order: Int32Array): void {
  const next = new Int32Array(flowCount);
  const end = count * PACKET_RECORD_INTEGERS;
  countRecords(integers, end, next);
  sumBefore(sortedFlows(flows, flowCount), next);
  place(integers, end, next, order);
}

/** The flows of a batch by ordinal, each as its ordinal times {@link PACKET_RECORDS} plus its number. */
function sortedFlows(flows: Int32Array, flowCount: number): Float64Array {
  const sorted = Float64Array.from(flows.subarray(0, flowCount));
  for (let flow = 0; flow < flowCount; flow++) sorted[flow] = sorted[flow]! * PACKET_RECORDS + flow;
  return sorted.sort();
}

function countRecords(integers: Int32Array, end: number, counts: Int32Array): void {
  for (let at = FLOW; at < end; at += PACKET_RECORD_INTEGERS) {
    const flow = integers[at]!;
    counts[flow] = counts[flow]! + 1;
  }
}

/** Puts how many records there are of flows before it in place of the count of each flow. */
function sumBefore(sorted: Float64Array, counts: Int32Array): void {
  let before = 0;
  for (let i = 0; i < sorted.length; i++) {
    const flow = sorted[i]! % PACKET_RECORDS;
    const count = counts[flow]!;
    counts[flow] = before;
    before += count;
  }
}

function place(integers: Int32Array, end: number, next: Int32Array, order: Int32Array): void {
  for (let at = 0; at < end; at += PACKET_RECORD_INTEGERS) {
    const flow = integers[at + FLOW]!;
    const row = next[flow]!;
    next[flow] = row + 1;
    order[row] = at;
  }
}

class Columns {
  readonly order: Int32Array;
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
    this.order = new Int32Array(rows);
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

  /** Fills the columns with records in the order of `order`. */
  gather({ count, integers, doubles, flows }: PacketBatch): void {
    const { order, flow, caplen, origlen, member, direction, duplicate } = this;
    let begin = 0; // of the flow's rows
    let highest = -1;
    for (let row = 0; row < count; row++) {
      const from = order[row]!;
      const ordinal = flows[integers[from + FLOW]!]!;
      const position = doubles[(from >> 1) + OFFSET]!;
      const rest = integers[from + REST]!;
      flow[row] = ordinal;
      caplen[row] = integers[from + CAPLEN]!;
      origlen[row] = integers[from + ORIGLEN]!;
      member[row] = rest >> 2;
      direction[row] = rest & 1;
      duplicate[row] = (rest >> 1) & 1;
      this.#times.write(this.#tsWords, row, doubles[(from >> 1) + TIME]!);
      this.#offsetWords[row * 2] = position;
      this.#offsetWords[row * 2 + 1] = position / 0x1_0000_0000;
      if (row === 0 || flow[row - 1] !== ordinal) {
        begin = row;
        highest = position;
      } else if (position < highest) this.#moveBack(row, begin);
      else highest = position;
    }
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
