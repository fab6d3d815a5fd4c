import { KIND, PORTS, RESP_ADDRESS, RESP_TAIL, ROW_INTEGERS } from './row.ts';

/** A record: the row of the flow as it was in the end, then its translation in eight integers. */
export const FLOW_RECORD_INTEGERS = ROW_INTEGERS + 8;
export const FLOW_RECORD_BYTES = FLOW_RECORD_INTEGERS * 4;
/** The other responder of the flow, behind address translation or in front of it: 0, 4 or 6, where 0 is none, */
export const TRANSLATED_VERSION = ROW_INTEGERS;
export const TRANSLATED_PORT = ROW_INTEGERS + 1;
export const TRANSLATED_ADDRESS = ROW_INTEGERS + 2; // its port, and one word or four

/** Records that are collected before columns are made of them. */
export const FLOW_RECORDS = 4096;
const FIRST_CAPACITY = 64;

/** Flows that ended, one record each. */
export class FlowRecords {
  integers = new Int32Array(0);
  doubles = new Float64Array(0);
  count = 0;
  #capacity = 0;

  /** With a `buffer` the records lie there, else in one that grows to {@link FLOW_RECORDS}. */
  constructor(buffer: ArrayBufferLike = new ArrayBuffer(FIRST_CAPACITY * FLOW_RECORD_BYTES)) {
    this.use(buffer);
  }

  /** Begins anew in another buffer. */
  use(buffer: ArrayBufferLike): void {
    this.integers = new Int32Array(buffer as ArrayBuffer);
    this.doubles = new Float64Array(buffer as ArrayBuffer);
    this.#capacity = Math.floor(buffer.byteLength / FLOW_RECORD_BYTES);
    this.count = 0;
  }

  get isFull(): boolean {
    return this.count === FLOW_RECORDS;
  }

  /** Copies the row that begins at `base`; `alias` is where that of the other responder does, -1 for none. */
  add(integers: Int32Array, base: number, alias: number): void {
    if (this.count === this.#capacity) this.#grow();
    const to = this.integers;
    const at = this.count++ * FLOW_RECORD_INTEGERS;
    for (let word = 0; word < ROW_INTEGERS; word++) to[at + word] = integers[base + word]!;
    to[at + TRANSLATED_VERSION] = alias === -1 ? 0 : integers[alias + KIND]! >> 8;
    if (alias === -1) return;
    to[at + TRANSLATED_PORT] = integers[alias + PORTS]! & 0xffff;
    to[at + TRANSLATED_ADDRESS] = integers[alias + RESP_ADDRESS]!;
    for (let word = 0; word < 3; word++) {
      to[at + TRANSLATED_ADDRESS + 1 + word] = integers[alias + RESP_TAIL + word]!;
    }
  }

  #grow(): void {
    const { integers, count } = this;
    const capacity = Math.min(this.#capacity * 4, FLOW_RECORDS);
    this.use(new ArrayBuffer(capacity * FLOW_RECORD_BYTES));
    this.integers.set(integers);
    this.count = count;
  }
}
