/** What the thread that reads a capture and the one that makes its tables tell each other. */

import type { IndexedCapture } from '../engine/follow-capture.ts';
import type { MemberOrder } from '../engine/member-order.ts';
import type { CaptureSource } from '../engine/source.ts';
import type { FileTask } from '../index-file.ts';
import type { CaptureSummary } from '../summary.ts';
import type { Batch } from '../table.ts';
import type { SharedSlots } from './slots.ts';

/** What the thread that makes tables is started for. */
export interface TablesTask {
  file: FileTask;
  source: Pick<CaptureSource, 'name' | 'identity'>;
  slots: SharedSlots;
}

export type TablesMessage =
  | { kind: 'begun' } // first of all
  | { kind: 'indexed'; summary: CaptureSummary | undefined } // as `indexFile`
  | { kind: 'failed'; error: unknown };

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
  | { kind: 'rows'; slot: number; table: number; count: number }
  | { kind: 'batch'; batch: Batch }
  | { kind: 'done'; indexed: IndexedCapture }
  | { kind: 'out of order'; order: MemberOrder }
  | { kind: 'failed'; message: string };
