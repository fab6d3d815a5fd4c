/** Where records of packets, and of flows that ended, are put: a batch of each (see layout.ts). */
import { FLOW_BATCHES_AT, PACKET_BATCHES_AT } from '../layout';

export let packets: usize = PACKET_BATCHES_AT;
export let flows: i32 = FLOW_BATCHES_AT;

export function usePackets(batch: i32): void {
  packets = <usize>batch;
}

export function useFlows(batch: i32): void {
  flows = batch;
}
