/** Where the thread that reads puts what it finds, and by which both know what is free. */
import { flowSlots } from '../engine/flow-records.ts';
import { PACKET_BATCH_BYTES } from '../engine/packet-records.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { FLOW_SLOTS } from '../kernel/layout.ts';

/** Batches of tables that may wait. */
export const MAX_WAITING = 6;

/** One slot is filled while what is in the other is made into rows. */
const PACKET_SLOTS = 2;

/** Memory of both threads: neither asks the system for more of it again and again. */
export interface SharedSlots {
  /** In the kernel of the thread that makes tables. */
  flows: Uint8Array[];
  packets: SharedArrayBuffer[];
  /** Whether a slot is in use: those of flows, then those of packets; then as named below. */
  states: SharedArrayBuffer;
}

export const PACKET_SLOTS_AT = FLOW_SLOTS;
/** How many batches wait. */
export const WAITING_AT = FLOW_SLOTS + PACKET_SLOTS;
/** 1 once nothing more is taken. */
export const CLOSED_AT = WAITING_AT + 1;
/** Rises every {@link BEAT} while the thread that makes tables is alive. */
export const BEATS_AT = CLOSED_AT + 1;
const STATES = BEATS_AT + 1;

export const BEAT = 1000; // milliseconds

/** Nothing more is taken: who waits to hand something over need not wait any longer. */
export function closeSlots({ states }: SharedSlots): void {
  const words = new Int32Array(states);
  Atomics.store(words, CLOSED_AT, 1);
  for (let at = 0; at <= WAITING_AT; at++) {
    Atomics.store(words, at, 0);
    Atomics.notify(words, at);
  }
}

/** `kernel`: of the thread that makes tables. What is never used of them takes no memory. */
export function makeSlots(kernel: Kernel): SharedSlots {
  return {
    flows: flowSlots(kernel, FLOW_SLOTS),
    packets: Array.from({ length: PACKET_SLOTS }, () => new SharedArrayBuffer(PACKET_BATCH_BYTES)),
    states: new SharedArrayBuffer(4 * STATES),
  };
}
