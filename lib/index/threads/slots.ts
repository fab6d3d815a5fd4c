/** Where the thread that reads puts what it finds, and by which both know what is free. */
import { PACKET_BATCH_BYTES } from '../engine/packet-records.ts';
import { kernelMemory } from '../kernel/kernel.ts';
import { FLOW_RECORDS_BYTES, HEAP_AT } from '../kernel/layout.ts';
import { ALONE_BYTES } from '../kernel/tables.ts';

/** Memory of both threads: nothing is copied on its way but once, and neither asks the system for more again and again. */
export interface SharedSlots {
  /** Of the kernel that makes tables. What is never used of it takes no memory of the machine. */
  memory: WebAssembly.Memory;
  /** Whether a slot is in use, by its `state`; then as named below. */
  states: SharedArrayBuffer;
}

/** Slots of one kind. They lie where a kernel that reads has its conversations, which one that makes tables has not. */
export interface SlotKind {
  readonly at: number; // where the first one is,
  readonly bytes: number; // of each
  readonly count: number;
  readonly state: number; // of the first one
}

/** Flows end in bursts, many at each look for idle ones, and make rows of applications complete. */
export const FLOWS: SlotKind = { at: HEAP_AT, bytes: FLOW_RECORDS_BYTES, count: 6, state: 0 };
export const ROWS: SlotKind = behind(FLOWS, ALONE_BYTES, 6);
/** Two may wait while what is in the third is made into rows. */
export const PACKETS: SlotKind = behind(ROWS, PACKET_BATCH_BYTES, 3);

/** 1 once nothing more is taken. */
export const CLOSED_AT = PACKETS.state + PACKETS.count;
/** Rises every {@link BEAT} while the thread that makes tables is alive; 0 before it has begun. */
export const BEATS_AT = CLOSED_AT + 1;
const STATES = BEATS_AT + 1;

export const BEAT = 1000; // milliseconds

function behind({ at, bytes, count, state }: SlotKind, bytesOfEach: number, slots: number): SlotKind {
  return { at: at + bytes * count, bytes: bytesOfEach, count: slots, state: state + count };
}

export function makeSlots(): SharedSlots {
  return { memory: kernelMemory(), states: new SharedArrayBuffer(4 * STATES) };
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
