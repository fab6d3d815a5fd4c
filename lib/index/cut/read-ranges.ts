import { FILE_HEADER, isPcap, LONGEST_RECORD_HEADER, PcapFormat } from '../../pcap/pcap-format.ts';
import type { Positions } from '../store/positions.ts';
import type { CapturedPacket } from './captured.ts';
import type { PacketRow } from './select.ts';
import { type Extent, type RangeSource, readExtents } from './stored-bytes.ts';

const LONGEST_LAST_MEMBER = 1024 * 1024; // stored bytes; a longer one is not a block among others

/** Reads the packets of one capture file (`member`) by ranges; undefined where it cannot be read so. */
export async function rangeReader(
  source: RangeSource,
  positions: Positions,
  member: number,
): Promise<((rows: readonly PacketRow[]) => AsyncGenerator<CapturedPacket>) | undefined> {
  const place = positions.members[member];
  const start = place?.start ?? null;
  if (place?.format !== 'pcap' || start === null || !inBlocks(source, positions)) return undefined;
  const head = await first(readExtents(source, positions, [{ start, end: start + FILE_HEADER }]));
  // The test also finds out a file that is compressed in another way than gzip.
  if (!head || head.length < FILE_HEADER || !isPcap(head)) return undefined;
  return rows => readRecords(source, positions, start, head, rows);
}

function inBlocks(source: RangeSource, { gzip }: Positions): boolean {
  const last = gzip.compressed.at(-1);
  return last === undefined || source.size - last <= LONGEST_LAST_MEMBER;
}

async function* readRecords(
  source: RangeSource,
  positions: Positions,
  start: number,
  head: Uint8Array,
  rows: readonly PacketRow[],
): AsyncGenerator<CapturedPacket> {
  const format = new PcapFormat(head, 0);
  const extents = rows.map(({ offset, caplen }): Extent => {
    const end = start + offset + LONGEST_RECORD_HEADER + caplen;
    const limit = positions.gzip.compressed.length === 0 ? source.size : Infinity;
    return { start: start + offset, end: Math.min(end, limit) };
  });
  let number = 0;
  for await (const bytes of readExtents(source, positions, extents)) {
    const row = rows[number++]!;
    const from = format.recordHeader;
    const data = bytes.subarray(from, from + row.caplen);
    if (data.length < row.caplen || format.caplen(bytes, 0) !== row.caplen) {
      throw new Error(
        `the file has changed since it was indexed: no packet at ${row.offset}; index it again`,
      );
    }
    yield { ts: row.ts, origlen: format.origlen(bytes, 0), data, from: format.interface };
  }
}

async function first<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  for await (const value of values) return value;
  return undefined;
}
