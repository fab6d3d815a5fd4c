import type { CaptureInterface } from '../../pcap/record.ts';

/** A packet with its bytes, which are only valid until the next one is asked for. */
export interface CapturedPacket {
  ts: bigint; // nanoseconds since the epoch
  origlen: number;
  data: Uint8Array;
  /** The same object for all packets of one interface. */
  from: CaptureInterface;
}
