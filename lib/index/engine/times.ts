import type { Clock } from '../../pcap/record.ts';

/** A time on the clock of a capture in nanoseconds since the epoch; assembly/time.ts does the same for many. */
export function toNanoseconds({ epoch, unit }: Pick<Clock, 'epoch' | 'unit'>, time: number): bigint {
  return epoch + BigInt(Math.round(time / unit)) * BigInt(unit);
}
