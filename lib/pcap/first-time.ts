import type { CaptureFormat } from './container/open.ts';
import type { Limits } from './limits.ts';
import { FILE_HEADER, PcapFormat } from './pcap-format.ts';
import { PcapngReader } from './pcapng.ts';
import { Clock, type RecordVisitor } from './record.ts';

/** Bytes of a capture that are enough to find its first packet, save in a pcapng with very much ahead of it. */
export const FIRST_TIME_BYTES = 65_536;

/**
 * When the first packet of a capture was seen, in nanoseconds since the epoch, as far as `head`, its first bytes,
 * tells: undefined for a capture without packets, or without times.
 */
export function firstTime(format: CaptureFormat, head: Uint8Array, limits: Limits): bigint | undefined {
  if (format === 'pcap') {
    if (head.length < FILE_HEADER) return undefined;
    const pcap = new PcapFormat(head, 0);
    return head.length < FILE_HEADER + pcap.recordHeader ? undefined : pcap.time(head, FILE_HEADER);
  }
  const first = new FirstPacket();
  new PcapngReader(first, first.clock, limits).read(head, 0, head.length);
  return first.time;
}

class FirstPacket implements RecordVisitor {
  readonly clock = new Clock();
  time: bigint | undefined;

  packet(): void {
    const { epoch, now } = this.clock;
    // A simple packet block has no time, and leaves the clock where it began.
    if (this.time === undefined && epoch > 0n) this.time = epoch + BigInt(Math.round(now[0]!));
  }

  interface(): void {}
  drops(): void {}
  tool(): void {}
  skipped(): void {}
  weird(): void {}
}
