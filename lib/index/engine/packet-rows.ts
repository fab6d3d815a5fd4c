import type { TableSink } from '../table.ts';
import type { Int64Times } from './times.ts';

/** Rows of one batch of `packets`, sorted by flow, then by offset: the row group of a Parquet file. */
export const PACKET_ROWS_PER_BATCH = 1 << 20;
const DIGIT = 16;

/** Collects one row per packet and writes them in sorted batches. */
export class PacketRows {
  readonly #sink: TableSink;
  readonly #times: Int64Times;
  #capacity = 1 << 14;
  #rows = 0;
  #flow = new Int32Array(this.#capacity);
  #time = new Float64Array(this.#capacity);
  #offset = new Float64Array(this.#capacity);
  #caplen = new Int32Array(this.#capacity);
  #origlen = new Int32Array(this.#capacity);
  /** member << 2 | duplicate << 1 | direction */
  #rest = new Int32Array(this.#capacity);

  constructor(sink: TableSink, times: Int64Times) {
    this.#sink = sink;
    this.#times = times;
  }

  add(
    flow: number,
    time: number,
    offset: number,
    member: number,
    caplen: number,
    origlen: number,
    direction: number,
    isDuplicate: boolean,
  ): void {
    if (this.#rows === this.#capacity) {
      if (this.#capacity === PACKET_ROWS_PER_BATCH) this.flush();
      else this.#grow();
    }
    const row = this.#rows++;
    this.#flow[row] = flow;
    this.#time[row] = time;
    this.#offset[row] = offset;
    this.#caplen[row] = caplen;
    this.#origlen[row] = origlen;
    this.#rest[row] = (member << 2) | (isDuplicate ? 2 : 0) | direction;
  }

  flush(): void {
    const rows = this.#rows;
    if (rows === 0) return;
    const order = this.#sort(rows);
    const flow = new Int32Array(rows);
    const ts = new BigInt64Array(rows);
    const offset = new BigInt64Array(rows);
    const member = new Int32Array(rows);
    const caplen = new Int32Array(rows);
    const origlen = new Int32Array(rows);
    const direction = new Int32Array(rows);
    const duplicate = new Uint8Array(rows);
    const tsWords = new Int32Array(ts.buffer);
    const offsetWords = new Int32Array(offset.buffer);
    for (let row = 0; row < rows; row++) {
      const from = order[row]!;
      flow[row] = this.#flow[from]!;
      this.#times.write(tsWords, row, this.#time[from]!);
      const position = this.#offset[from]!;
      offsetWords[row * 2] = position;
      offsetWords[row * 2 + 1] = position / 0x1_0000_0000;
      caplen[row] = this.#caplen[from]!;
      origlen[row] = this.#origlen[from]!;
      const rest = this.#rest[from]!;
      member[row] = rest >> 2;
      direction[row] = rest & 1;
      duplicate[row] = (rest >> 1) & 1;
    }
    this.#rows = 0;
    this.#sink.write({
      table: 'packets',
      rows,
      columns: {
        flow: { values: flow },
        ts: { values: ts },
        offset: { values: offset },
        member: { values: member },
        caplen: { values: caplen },
        origlen: { values: origlen },
        direction: { values: direction },
        duplicate: { values: duplicate },
      },
    });
  }

  /** Row numbers in order of flow; rows of a flow keep their order, which is that of the file. */
  #sort(rows: number): Int32Array {
    let lowest = Number.POSITIVE_INFINITY;
    let highest = 0;
    for (let row = 0; row < rows; row++) {
      const flow = this.#flow[row]!;
      if (flow < lowest) lowest = flow;
      if (flow > highest) highest = flow;
    }
    let order = new Int32Array(rows);
    for (let row = 0; row < rows; row++) order[row] = row;
    let spare = new Int32Array(rows);
    for (let shift = 0; shift < 32 && (highest - lowest) >>> shift > 0; shift += DIGIT) {
      const starts = new Int32Array((1 << DIGIT) + 1);
      for (let row = 0; row < rows; row++) {
        const digit = ((this.#flow[row]! - lowest) >>> shift) & ((1 << DIGIT) - 1);
        starts[digit + 1] = starts[digit + 1]! + 1;
      }
      for (let digit = 0; digit < 1 << DIGIT; digit++) {
        starts[digit + 1] = starts[digit + 1]! + starts[digit]!;
      }
      for (let at = 0; at < rows; at++) {
        const row = order[at]!;
        const digit = ((this.#flow[row]! - lowest) >>> shift) & ((1 << DIGIT) - 1);
        const to = starts[digit]!;
        starts[digit] = to + 1;
        spare[to] = row;
      }
      [order, spare] = [spare, order];
    }
    return order;
  }

  #grow(): void {
    this.#capacity = Math.min(this.#capacity * 4, PACKET_ROWS_PER_BATCH);
    const grow = <T extends Int32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#flow = grow(this.#flow, new Int32Array(this.#capacity));
    this.#time = grow(this.#time, new Float64Array(this.#capacity));
    this.#offset = grow(this.#offset, new Float64Array(this.#capacity));
    this.#caplen = grow(this.#caplen, new Int32Array(this.#capacity));
    this.#origlen = grow(this.#origlen, new Int32Array(this.#capacity));
    this.#rest = grow(this.#rest, new Int32Array(this.#capacity));
  }
}
