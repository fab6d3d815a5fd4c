import { FILE_HEADER, isPcap, LONGEST_RECORD_HEADER, PcapFormat } from '../../pcap/pcap-format.ts';
import type { Positions } from '../store/positions.ts';
import type { CapturedPacket } from './captured.ts';
import type { PacketRow } from './select.ts';
import { type Extent, type RangeSource, readExtents } from './stored-bytes.ts';

const LONGEST_LAST_MEMBER = 1024 * 1024; // stored bytes; a longer one is not a block among others

/** Reads packets of one capture file (`member`) by ranges; undefined where it cannot be read so. */
export async function rangeReader(
  source: RangeSource,
  positions: Positions,
  member: number,
  rows: readonly PacketRow[],
): Promise<AsyncGenerator<CapturedPacket> | undefined> {
  const place = positions.members[member];
  const start = place?.start ?? null;
  if (place?.format !== 'pcap' || start === null || !inBlocks(source, positions)) return undefined;
  const limit = positions.gzip.compressed.length === 0 ? source.size : Infinity;
  const extents = rows.map(({ offset, caplen }): Extent => {
    const end = start + offset + LONGEST_RECORD_HEADER + caplen;
    return { start: Math.min(start + offset, limit), end: Math.min(end, limit) };
  });
  // The records are under way when the header comes.
  const pieces = readExtents(source, positions, [{ start, end: start + FILE_HEADER }, ...extents]);
  const { value: head } = await pieces.next();
  // The test also finds out a file that is compressed in another way than gzip.
  if (!head || head.length < FILE_HEADER || !isPcap(head)) {
    await pieces.return(undefined);
    return undefined;
  }
  return readRecords(head, pieces, rows);
}

function inBlocks(source: RangeSource, { gzip }: Positions): boolean {
  const last = gzip.compressed.at(-1);
  return last === undefined || source.size - last <= LONGEST_LAST_MEMBER;
}

async function* readRecords(
  head: Uint8Array,
  records: AsyncIterable<Uint8Array>,
  rows: readonly PacketRow[],
): AsyncGenerator<CapturedPacket> {
  const format = new PcapFormat(head, 0);
  let number = 0;
  for await (const bytes of records) {
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
