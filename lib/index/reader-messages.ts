/** What the thread that reads a capture and the thread that asked for it tell each other. */
import type { IndexedCapture } from './engine/index-capture.ts';
import type { MemberOrder } from './engine/member-order.ts';
import type { Batch } from './table.ts';

export interface ReaderTask {
  path: string;
  name: string;
  identity: string | undefined;
  order: MemberOrder | undefined;
  /** One number, shared: batches that were sent and not yet taken in. */
  waiting: SharedArrayBuffer;
}

export type ReaderMessage =
  | { kind: 'batch'; batch: Batch }
  | { kind: 'progress'; bytes: number }
  | { kind: 'done'; indexed: IndexedCapture }
  | { kind: 'out of order'; order: MemberOrder }
  | { kind: 'unreadable'; error: string; message: string }; // a CaptureError: class and sentence

/** Batches that may wait: the largest, of packets, are 10 MB each. */
export const MAX_WAITING = 2;
