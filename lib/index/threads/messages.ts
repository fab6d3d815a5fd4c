/** What the thread that reads a capture and the thread that asked for it tell each other. */

import { flowSlots } from '../engine/flow-records.ts';
import type { IndexedCapture } from '../engine/index-capture.ts';
import type { MemberOrder } from '../engine/member-order.ts';
import { PACKET_BATCH_BYTES } from '../engine/packet-records.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { FLOW_SLOTS } from '../kernel/layout.ts';
import type { Batch } from '../table.ts';
import type { PipeEnd } from './pipe.ts';

export interface ReaderTask {
  path: string;
  name: string;
  identity: string | undefined;
  /** In which the captures of an archive are to be read, where that is not the one in which they lie. */
  order: MemberOrder | undefined;
  slots: SharedSlots;
  /** What the file holds, when another thread inflates it. */
  inflated: Inflated | undefined;
}

/** Bytes of a compressed file on their way from the threads that inflate it, each of them every so many parts. */
export interface Inflated {
  /** With the bytes come {@link InflaterNews}, each before the bytes that it is about. */
  pipes: PipeEnd[];
  /** One 64-bit number, shared: bytes of the file that were read so far. */
  consumed: SharedArrayBuffer;
}

export interface InflaterTask {
  path: string;
  consumed: SharedArrayBuffer;
  pipe: PipeEnd;
  /** Which parts it inflates; of one share the whole file is one part. */
  share: number;
  shares: number;
}

/** See PartListener. */
export type InflaterNews =
  | { kind: 'begin'; at: number }
  | { kind: 'member'; compressed: number; inflated: number }
  | { kind: 'end'; at: number | undefined }
  | { kind: 'failure'; message: string }; // why the file can be inflated no further

/** Additions to what records refer to (see `References`) since the message before. */
export interface News {
  uidPrefix: string;
  clock: { epochSeconds: number; epoch: bigint; unit: number };
  services: string[];
  tunnels: string[];
  interfaceSets: string[];
}

export type ReaderMessage =
  | { kind: 'flows'; slot: number; count: number; news: News }
  | { kind: 'packets'; slot: number; count: number; flowCount: number; news: News }
  | { kind: 'batch'; batch: Batch }
  | { kind: 'progress'; bytes: number }
  | { kind: 'done'; indexed: IndexedCapture }
  | { kind: 'out of order'; order: MemberOrder }
  | { kind: 'unreadable'; error: string; message: string }; // a CaptureError: class and sentence

/** Batches of tables that may wait. */
export const MAX_WAITING = 6;

/** One slot is filled while what is in the other is made into rows. */
const PACKET_SLOTS = 2;
/** Behind a third thread, which takes memory as well and is the slowest anyway. */
const FEW_SLOTS = 2;

/** Memory of both threads: neither asks the system for more of it again and again. */
export interface SharedSlots {
  /** In the kernel of the thread that makes tables. */
  flows: Uint8Array[];
  packets: SharedArrayBuffer[];
  /** Whether a slot is in use: those of flows, then those of packets; last, how many batches wait. */
  states: SharedArrayBuffer;
}

export const PACKET_SLOTS_AT = FLOW_SLOTS;
export const WAITING_AT = FLOW_SLOTS + PACKET_SLOTS;

/** `kernel`: of the thread that makes tables. */
export function makeSlots(kernel: Kernel, isInflated: boolean): SharedSlots {
  const buffers = (count: number, bytes: number) =>
    Array.from({ length: count }, () => new SharedArrayBuffer(bytes));
  return {
    flows: flowSlots(kernel, isInflated ? FEW_SLOTS : FLOW_SLOTS),
    packets: buffers(isInflated ? 1 : PACKET_SLOTS, PACKET_BATCH_BYTES),
    states: new SharedArrayBuffer(4 * (WAITING_AT + 1)),
  };
}
