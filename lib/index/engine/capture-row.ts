import type { Clock } from '../../pcap/record.ts';
import type { Batch } from '../table.ts';
import type { PacketTally } from './packet-tally.ts';
import { toNanoseconds } from './times.ts';

/** What the table `capture` says of a source. */
export interface CaptureFacts {
  name: string;
  tool: string | null; // that wrote it
  linkTypes: string[];
  interfaces: string[];
  snaplen: number | null;
  tally: PacketTally;
  clock: Clock;
  duplicates: number;
  flows: number;
  drops: number | null; // as the tool counted them
  partial: string | null; // why not all was read
}

export function captureRow(facts: CaptureFacts): Batch {
  const { tally, clock, snaplen, drops } = facts;
  const int64 = (value: number) => ({ values: BigInt64Array.of(BigInt(value)) });
  const time = (value: number) => ({
    values: BigInt64Array.of(tally.packets > 0 ? toNanoseconds(clock, value) : 0n),
    nulls: Uint8Array.of(tally.packets > 0 ? 0 : 1),
  });
  return {
    table: 'capture',
    rows: 1,
    columns: {
      object_key: { values: [facts.name] },
      tool: { values: [facts.tool] },
      link_types: { values: [facts.linkTypes] },
      interfaces: { values: [facts.interfaces] },
      snaplen: { values: Int32Array.of(snaplen ?? 0), nulls: Uint8Array.of(snaplen === null ? 1 : 0) },
      first_ts: time(tally.earliest),
      last_ts: time(tally.latest),
      packets: int64(tally.packets),
      bytes: int64(tally.bytes),
      duplicates: int64(facts.duplicates),
      flows: int64(facts.flows),
      drops: { ...int64(drops ?? 0), nulls: Uint8Array.of(drops === null ? 1 : 0) },
      partial: { values: [facts.partial] },
    },
  };
}
