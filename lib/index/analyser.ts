/**
 * The border between the engine (packets, flows) and the applications (DNS, TLS, HTTP …), which listen to the payloads of
 * flows. The kernel finds out what a flow is, puts its segments in order, and reads most protocols itself; it asks the
 * applications for what is seldom (see Host of kernel/host.ts).
 */
import type { Kernel } from './kernel/kernel.ts';
import type { TableRows } from './kernel/table-rows.ts';

/** 0: sent by the originator of the flow, 1: sent by its responder. */
export type Direction = 0 | 1;

/** What stays the same for a whole capture. */
export interface AnalysisContext {
  readonly kernel: Kernel;
  /** Takes rows of dns, ssl and http in batches; keeps nothing of them after it returns. */
  takeRows(rows: TableRows): void;
}

/** The applications of one capture, started afresh for each. */
export interface Analysers {
  /** Names that `SERVICE` of a flow's row refers to, counted from 1. */
  readonly services: readonly string[];
  /** Writes rows that were held back to fill a batch. Called before each batch of `conn`, and at the end of all. */
  finish(): void;
}

export type StartAnalysers = (context: AnalysisContext) => Analysers;
