/** Batches in memory of both threads, and by what these know which are free. */
import * as at from '../kernel/layout.ts';

export interface SharedSlots {
  /** Of the kernel that reads. */
  memory: WebAssembly.Memory;
  /** Whether a slot is in use, by its `state`; then as named below. */
  states: SharedArrayBuffer;
}

/** Places for batches of one kind (see layout.ts of the kernel). */
export interface SlotKind {
  readonly at: number; // where the first one is,
  readonly bytes: number; // of each
  readonly count: number;
  readonly state: number; // of the first one
}

export const FLOWS: SlotKind = {
  at: at.FLOW_BATCHES_AT,
  bytes: at.FLOW_BATCH_BYTES,
  count: at.FLOW_BATCHES,
  state: 0,
};
export const ROWS: SlotKind = {
  at: at.ROW_BATCHES_AT,
  bytes: at.ROW_BATCH_BYTES,
  count: at.ROW_BATCHES,
  state: FLOWS.state + FLOWS.count,
};
export const PACKETS: SlotKind = {
  at: at.PACKET_BATCHES_AT,
  bytes: at.PACKET_BATCH_BYTES,
  count: at.PACKET_BATCHES,
  state: ROWS.state + ROWS.count,
};

/** 1 once nothing more is taken. */
export const CLOSED_AT = PACKETS.state + PACKETS.count;
/** Rises every {@link BEAT} while the thread that makes tables is alive; 0 before it has begun. */
export const BEATS_AT = CLOSED_AT + 1;
const STATES = BEATS_AT + 1;

export const BEAT = 1000; // milliseconds

export function makeSlots(memory: WebAssembly.Memory): SharedSlots {
  return { memory, states: new SharedArrayBuffer(4 * STATES) };
}

/** Where a slot is in the memory. */
export function placeOf({ at, bytes }: SlotKind, slot: number): number {
  return at + bytes * slot;
}

/** Nothing more is taken: who waits to hand something over need not wait any longer. */
export function closeSlots({ states }: SharedSlots): void {
  const words = new Int32Array(states);
  Atomics.store(words, CLOSED_AT, 1);
  for (let at = 0; at < CLOSED_AT; at++) {
    Atomics.store(words, at, 0);
    Atomics.notify(words, at);
  }
}
