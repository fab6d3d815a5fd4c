import type { Packet } from '../../pcap/packet.ts';
import { CHAIN_BATCH, CHAIN_TAIL, ORDINAL } from './row.ts';

/**
 * Records of one batch, which becomes one run of rows sorted by flow, then by offset. More would not stay in the
 * cache while they are sorted.
 */
export const PACKET_RECORDS = 1 << 17;

// A record: eight words, half a cache line, which is moved as a whole.
export const PACKET_RECORD_INTEGERS = 8;
export const FOLLOWING = 0; // the flow's next record in the batch, or -1
export const CAPLEN = 1;
export const ORIGLEN = 2;
export const REST = 3; // member << 2 | duplicate << 1 | direction
export const TIME = 2; // in doubles
export const OFFSET = 3;

/** Of a record and its place among the chains. */
export const PACKET_RECORD_BYTES = PACKET_RECORD_INTEGERS * 4 + 8;
const FIRST_CAPACITY = 1 << 10;

/** Packets, one record each, chained by flow. */
export class PacketRecords {
  count = 0;
  integers = new Int32Array(0);
  doubles = new Float64Array(0);
  /** The flows of the batch, each as its number times {@link PACKET_RECORDS} plus its first record. */
  chains = new Float64Array(0);
  chainCount = 0;
  #capacity = 0;
  /** Counts from 1: a row of a flow that is all zero is in no chain. */
  #batch = 0;

  /** With a `buffer` the records lie there, else in one that grows to {@link PACKET_RECORDS}. */
  constructor(buffer: ArrayBufferLike = new ArrayBuffer(FIRST_CAPACITY * PACKET_RECORD_BYTES)) {
    this.use(buffer);
  }

  /** Begins anew in another buffer, or in the same one. */
  use(buffer: ArrayBufferLike = this.integers.buffer): void {
    this.#lieIn(buffer);
    this.count = 0;
    this.chainCount = 0;
    this.#batch++;
  }

  get isFull(): boolean {
    return this.count === PACKET_RECORDS;
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
    if (this.count === this.#capacity) this.#grow();
    const record = this.count++;
    const own = this.integers;
    const at = record * PACKET_RECORD_INTEGERS;
    own[at + FOLLOWING] = -1;
    if (integers[base + CHAIN_BATCH] === this.#batch) {
      own[integers[base + CHAIN_TAIL]! * PACKET_RECORD_INTEGERS + FOLLOWING] = record;
    } else {
      // The chain is found again by the flow's number: its row may be another flow's by then.
      integers[base + CHAIN_BATCH] = this.#batch;
      this.chains[this.chainCount++] = integers[base + ORDINAL]! * PACKET_RECORDS + record;
    }
    integers[base + CHAIN_TAIL] = record;
    own[at + CAPLEN] = packet.caplen;
    own[at + ORIGLEN] = packet.origlen;
    own[at + REST] = (member << 2) | (isDuplicate ? 2 : 0) | direction;
    const doubles = this.doubles;
    doubles[(at >> 1) + TIME] = packet.time;
    doubles[(at >> 1) + OFFSET] = packet.offset;
  }

  #lieIn(buffer: ArrayBufferLike): void {
    const own = buffer as ArrayBuffer;
    this.#capacity = Math.floor(own.byteLength / PACKET_RECORD_BYTES);
    const words = this.#capacity * PACKET_RECORD_INTEGERS;
    this.integers = new Int32Array(own, 0, words);
    this.doubles = new Float64Array(own, 0, words / 2);
    this.chains = new Float64Array(own, words * 4, this.#capacity);
  }

  #grow(): void {
    const { integers, chains } = this;
    const capacity = Math.min(this.#capacity * 4, PACKET_RECORDS);
    this.#lieIn(new ArrayBuffer(capacity * PACKET_RECORD_BYTES));
    this.integers.set(integers);
    this.chains.set(chains);
  }
}
