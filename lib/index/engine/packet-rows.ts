import type { Packet } from '../../pcap/packet.ts';
import type { TableSink } from '../table.ts';
import type { Int64Times } from './times.ts';

/**
 * Rows of one batch of `packets`, sorted by flow, then by offset: the row group of a Parquet file. More would
 * not stay in the cache while they are sorted.
 */
export const PACKET_ROWS_PER_BATCH = 1 << 18;
const DIGIT = 16;

// A row as it is collected: eight words, half a cache line, which is then moved as a whole.
const WORDS = 8;
const FLOW = 0;
const CAPLEN = 1;
const ORIGLEN = 2;
const REST = 3; // member << 2 | duplicate << 1 | direction
const TIME = 2; // in doubles
const OFFSET = 3;

/** The columns of a batch; used again for the next one. */
class Output {
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
}

/** Collects one row per packet and writes them in sorted batches. */
export class PacketRows {
  readonly #sink: TableSink;
  readonly #times: Int64Times;
  #capacity = 1 << 10;
  #rows = 0;
  #words = new Int32Array(this.#capacity * WORDS);
  #doubles = new Float64Array(this.#words.buffer);
  #output = new Output(0);

  constructor(sink: TableSink, times: Int64Times) {
    this.#sink = sink;
    this.#times = times;
  }

  add(flow: number, packet: Packet, member: number, direction: number, isDuplicate: boolean): void {
    if (this.#rows === this.#capacity) {
      if (this.#capacity === PACKET_ROWS_PER_BATCH) this.flush();
      else this.#grow();
    }
    const row = this.#rows++;
    const words = this.#words;
    const at = row * WORDS;
    words[at + FLOW] = flow;
    words[at + CAPLEN] = packet.caplen;
    words[at + ORIGLEN] = packet.origlen;
    words[at + REST] = (member << 2) | (isDuplicate ? 2 : 0) | direction;
    const doubles = this.#doubles;
    doubles[row * (WORDS / 2) + TIME] = packet.time;
    doubles[row * (WORDS / 2) + OFFSET] = packet.offset;
  }

  flush(): void {
    const rows = this.#rows;
    if (rows === 0) return;
    const order = this.#sort(rows);
    const words = this.#words;
    const doubles = this.#doubles;
    if (this.#output.flow.length < rows) this.#output = new Output(rows);
    const { flow, ts, offset, member, caplen, origlen, direction, duplicate } = this.#output;
    const tsWords = new Int32Array(ts.buffer);
    const offsetWords = new Int32Array(offset.buffer);
    for (let row = 0; row < rows; row++) {
      const from = order[row]! * WORDS;
      flow[row] = words[from + FLOW]!;
      caplen[row] = words[from + CAPLEN]!;
      origlen[row] = words[from + ORIGLEN]!;
      const rest = words[from + REST]!;
      member[row] = rest >> 2;
      direction[row] = rest & 1;
      duplicate[row] = (rest >> 1) & 1;
      this.#times.write(tsWords, row, doubles[from / 2 + TIME]!);
      const position = doubles[from / 2 + OFFSET]!;
      offsetWords[row * 2] = position;
      offsetWords[row * 2 + 1] = position / 0x1_0000_0000;
    }
    this.#rows = 0;
    this.#sink.write({
      table: 'packets',
      rows,
      columns: {
        flow: { values: flow.subarray(0, rows) },
        ts: { values: ts.subarray(0, rows) },
        offset: { values: offset.subarray(0, rows) },
        member: { values: member.subarray(0, rows) },
        caplen: { values: caplen.subarray(0, rows) },
        origlen: { values: origlen.subarray(0, rows) },
        direction: { values: direction.subarray(0, rows) },
        duplicate: { values: duplicate.subarray(0, rows) },
      },
    });
  }

  /** Row numbers in order of flow; rows of a flow keep their order, which is that of the file. */
  #sort(rows: number): Int32Array {
    const words = this.#words;
    const flows = new Int32Array(rows);
    let lowest = 0x7fff_ffff;
    let highest = 0;
    for (let row = 0; row < rows; row++) {
      const flow = words[row * WORDS + FLOW]!;
      flows[row] = flow;
      if (flow < lowest) lowest = flow;
      if (flow > highest) highest = flow;
    }
    let order = new Int32Array(rows);
    for (let row = 0; row < rows; row++) order[row] = row;
    let spare = new Int32Array(rows);
    for (let shift = 0; shift < 32 && (highest - lowest) >>> shift > 0; shift += DIGIT) {
      const starts = new Int32Array((1 << DIGIT) + 1);
      for (let row = 0; row < rows; row++) {
        const digit = ((flows[row]! - lowest) >>> shift) & ((1 << DIGIT) - 1);
        starts[digit + 1] = starts[digit + 1]! + 1;
      }
      for (let digit = 0; digit < 1 << DIGIT; digit++) {
        starts[digit + 1] = starts[digit + 1]! + starts[digit]!;
      }
      for (let at = 0; at < rows; at++) {
        const row = order[at]!;
        const digit = ((flows[row]! - lowest) >>> shift) & ((1 << DIGIT) - 1);
        const to = starts[digit]!;
        starts[digit] = to + 1;
        spare[to] = row;
      }
      [order, spare] = [spare, order];
    }
    this.#sortOffsets(order, flows);
    return order;
  }

  /** Records whose flow was known only later (fragments before the first one) stand behind their place. */
  #sortOffsets(order: Int32Array, flows: Int32Array): void {
    const doubles = this.#doubles;
    for (let at = 1; at < order.length; at++) {
      const row = order[at]!;
      const offset = doubles[row * (WORDS / 2) + OFFSET]!;
      let to = at;
      while (to > 0) {
        const before = order[to - 1]!;
        if (flows[before] !== flows[row] || doubles[before * (WORDS / 2) + OFFSET]! <= offset) break;
        order[to--] = before;
      }
      order[to] = row;
    }
  }

  #grow(): void {
    this.#capacity = Math.min(this.#capacity * 4, PACKET_ROWS_PER_BATCH);
    const grown = new Int32Array(this.#capacity * WORDS);
    grown.set(this.#words);
    this.#words = grown;
    this.#doubles = new Float64Array(grown.buffer);
  }
}
