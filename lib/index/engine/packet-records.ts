import type { Packet } from '../../pcap/packet.ts';
import { FLOW_IN_BATCH, ORDINAL, PACKET_BATCH } from './row.ts';

/**
 * Records of one batch, which becomes one run of rows sorted by flow, then by offset. More would not stay in the
 * cache while they are sorted.
 */
export const PACKET_RECORDS = 1 << 17;

// A record: eight words, half a cache line, which is moved as a whole.
export const PACKET_RECORD_INTEGERS = 8;
export const FLOW = 0; // its number within the batch
export const CAPLEN = 1;
export const ORIGLEN = 2;
export const REST = 3; // member << 2 | duplicate << 1 | direction
export const TIME = 2; // in doubles
export const OFFSET = 3;

/** Of a record, and of a flow of the batch. */
export const PACKET_RECORD_BYTES = PACKET_RECORD_INTEGERS * 4 + 4;
const FIRST_CAPACITY = 1 << 10;

/** Packets, one record each, in the order in which they came. */
export class PacketRecords {
  count = 0;
  integers = new Int32Array(0);
  doubles = new Float64Array(0);
  /** The ordinals of the flows that have packets in the batch, by their number within it. */
  flows = new Int32Array(0);
  flowCount = 0;
  #capacity = 0;
  /** Counts from 1: a row of a flow that is all zero is in none. */
  #batch = 0;

  /** With a `buffer` the records lie there, else in one that grows to {@link PACKET_RECORDS}. */
  constructor(buffer: ArrayBufferLike = new ArrayBuffer(FIRST_CAPACITY * PACKET_RECORD_BYTES)) {
    this.use(buffer);
  }

  /** Begins anew in another buffer, or in the same one. */
  use(buffer: ArrayBufferLike = this.integers.buffer): void {
    this.#lieIn(buffer);
    this.count = 0;
    this.flowCount = 0;
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
    const own = this.integers;
    const at = this.count++ * PACKET_RECORD_INTEGERS;
    if (integers[base + PACKET_BATCH] !== this.#batch) {
      integers[base + PACKET_BATCH] = this.#batch;
      integers[base + FLOW_IN_BATCH] = this.flowCount;
      // The flow is found again by its ordinal: its row may be another flow's by then.
      this.flows[this.flowCount++] = integers[base + ORDINAL]!;
    }
    own[at + FLOW] = integers[base + FLOW_IN_BATCH]!;
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
    this.flows = new Int32Array(own, words * 4, this.#capacity);
  }

  #grow(): void {
    const { integers, flows } = this;
    const capacity = Math.min(this.#capacity * 4, PACKET_RECORDS);
    this.#lieIn(new ArrayBuffer(capacity * PACKET_RECORD_BYTES));
    this.integers.set(integers);
    this.flows.set(flows);
  }
}
