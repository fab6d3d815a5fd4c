import { PACKET_RECORD_INTEGERS, type PacketBatch } from '../engine/packet-records.ts';
import { PACKET_RECORDS } from '../kernel/layout.ts';

const RECORDS_INTEGERS = PACKET_RECORDS * PACKET_RECORD_INTEGERS;

/** Of a batch of packets. */
export const PACKET_SLOT_BYTES = (RECORDS_INTEGERS + PACKET_RECORDS) * 4;

/** A batch of packets in memory of both threads. */
export class PacketSlot implements PacketBatch {
  count = 0;
  flowCount = 0;
  readonly integers: Int32Array;
  readonly doubles: Float64Array;
  readonly flows: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.integers = new Int32Array(buffer, 0, RECORDS_INTEGERS);
    this.doubles = new Float64Array(buffer, 0, RECORDS_INTEGERS / 2);
    this.flows = new Int32Array(buffer, RECORDS_INTEGERS * 4, PACKET_RECORDS);
  }

  copy({ count, flowCount, integers, flows }: PacketBatch): void {
    this.count = count;
    this.flowCount = flowCount;
    this.integers.set(integers.subarray(0, count * PACKET_RECORD_INTEGERS));
    this.flows.set(flows.subarray(0, flowCount));
  }
}
