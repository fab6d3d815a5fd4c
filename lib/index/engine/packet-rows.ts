import type { Packet } from '../../pcap/packet.ts';
import type { TableSink } from '../table.ts';
import { CHAIN_BATCH, CHAIN_TAIL, ORDINAL } from './row.ts';
import type { Int64Times } from './times.ts';

/**
 * Rows of one batch of `packets`, sorted by flow, then by offset: the row group of a Parquet file. More would
 * not stay in the cache while they are sorted.
 */
export const PACKET_ROWS_PER_BATCH = 1 << 18;

// A row as it is collected: eight words, half a cache line, which is then moved as a whole.
const WORDS = 8;
const FOLLOWING = 0; // the flow's next row in the batch, or -1
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

/** Collects one row per packet and writes them in sorted batches. */
export class PacketRows {
  readonly #sink: TableSink;
  readonly #times: Int64Times;
  #capacity = 1 << 10;
  #rows = 0;
  /** Counts from 1: a row of a flow that is all zero is in no chain. */
  #batch = 1;
  /** The flows of the batch, each as its number and its first row in one. */
  #chains = new Float64Array(this.#capacity);
  #chainCount = 0;
  #words = new Int32Array(this.#capacity * WORDS);
  #doubles = new Float64Array(this.#words.buffer);
  #output = new Output(0);

  constructor(sink: TableSink, times: Int64Times) {
    this.#sink = sink;
    this.#times = times;
  }

  /** A packet of the flow whose row in `integers` begins at `base`. */
  add(
    integers: Int32Array,
    base: number,
    packet: Packet,
    member: number,
    direction: number,
    isDuplicate: boolean,
  ): void {
    if (this.#rows === this.#capacity) {
      if (this.#capacity === PACKET_ROWS_PER_BATCH) this.flush();
      else this.#grow();
    }
    const row = this.#rows++;
    const words = this.#words;
    const at = row * WORDS;
    words[at + FOLLOWING] = -1;
    if (integers[base + CHAIN_BATCH] === this.#batch) {
      words[integers[base + CHAIN_TAIL]! * WORDS + FOLLOWING] = row;
    } else {
      // The chain is found again by the flow's number: its row may be another flow's by then.
      integers[base + CHAIN_BATCH] = this.#batch;
      this.#chains[this.#chainCount++] = integers[base + ORDINAL]! * PACKET_ROWS_PER_BATCH + row;
    }
    integers[base + CHAIN_TAIL] = row;
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
    const words = this.#words;
    const doubles = this.#doubles;
    if (this.#output.flow.length < rows) this.#output = new Output(rows);
    const { flow, ts, offset, member, caplen, origlen, direction, duplicate } = this.#output;
    const tsWords = new Int32Array(ts.buffer);
    const offsetWords = new Int32Array(offset.buffer);
    const chains = this.#chains.subarray(0, this.#chainCount).sort();
    let row = 0;
    for (const chain of chains) {
      const ordinal = Math.floor(chain / PACKET_ROWS_PER_BATCH);
      const begin = row;
      let next = chain - ordinal * PACKET_ROWS_PER_BATCH;
      let highest = -1;
      for (; next !== -1; row++) {
        const from = next * WORDS;
        next = words[from + FOLLOWING]!;
        flow[row] = ordinal;
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
        if (position < highest) this.#output.moveBack(row, begin);
        else highest = position;
      }
    }
    this.#batch++;
    this.#chainCount = 0;
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

  #grow(): void {
    this.#capacity = Math.min(this.#capacity * 4, PACKET_ROWS_PER_BATCH);
    const grown = new Int32Array(this.#capacity * WORDS);
    grown.set(this.#words);
    this.#words = grown;
    const chains = new Float64Array(this.#capacity);
    chains.set(this.#chains);
    this.#chains = chains;
    this.#doubles = new Float64Array(grown.buffer);
  }
}
