import type { Clock } from '../../pcap/record.ts';
import type { TableRows } from '../kernel/table-rows.ts';
import type { Batch } from '../table.ts';
import type { FlowBatch } from './flow-records.ts';
import type { PacketBatch } from './packet-records.ts';

/** What records of flows and packets refer to; the lists only grow. */
export interface References {
  readonly uidPrefix: string;
  readonly clock: Pick<Clock, 'epochSeconds' | 'epoch' | 'unit'>;
  /** Names of `SERVICE` and texts of `TUNNEL` of a flow's row, both counted from 1. */
  readonly services: readonly string[];
  readonly tunnels: readonly string[];
  /** Texts of `INTERFACES` of a flow's row; number 0 is no interface. */
  readonly interfaceSets: readonly string[];
}

/**
 * Takes in what the engine is done with: flows, packets and rows of applications as they lie in the kernel's memory, because
 * making columns of them is better done on another thread; what is rare as batches.
 */
export interface EngineOutput {
  /** Where in the kernel's memory the next batch is to be put, of packets and of flows. */
  readonly packetsAt: number;
  readonly flowsAt: number;
  takeFlows(flows: FlowBatch, references: References): void;
  takePackets(packets: PacketBatch, references: References): void;
  /** Keeps nothing of the rows after it returns. */
  takeRows(rows: TableRows): void;
  write(batch: Batch): void;
  /** Awaited between chunks of input, so that a slow output bounds memory. */
  drain(): Promise<void>;
}
