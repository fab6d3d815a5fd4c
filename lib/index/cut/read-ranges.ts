import { DEFAULT_LIMITS } from '../../pcap/limits.ts';
import { isPcap, PcapReader } from '../../pcap/pcap.ts';
import { type CaptureInterface, Clock, type RecordVisitor } from '../../pcap/record.ts';
import type { Positions } from '../store/positions.ts';
import type { CapturedPacket } from './captured.ts';
import type { PacketRow } from './select.ts';
import { type Extent, type RangeSource, readExtents } from './stored-bytes.ts';

const FILE_HEADER = 24;
const LONGEST_RECORD_HEADER = 24;
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
  const record = new OneRecord();
  const reader = new PcapReader(record, new Clock(), DEFAULT_LIMITS);
  reader.read(head, 0, FILE_HEADER);
  let number = 0;
  for await (const bytes of records) {
    const row = rows[number++]!;
    record.data = undefined;
    reader.read(bytes, 0, bytes.length);
    if (record.data === undefined || record.from === undefined) {
      throw new Error(
        `the file has changed since it was indexed: no packet at ${row.offset}; index it again`,
      );
    }
    yield { ts: row.ts, origlen: record.origlen, data: record.data, from: record.from };
  }
}

/** Keeps the first packet that a reader visits. */
class OneRecord implements RecordVisitor {
  data: Uint8Array | undefined;
  origlen = 0;
  from: CaptureInterface | undefined;

  interface(_index: number, description: CaptureInterface): void {
    this.from = description;
  }

  packet(bytes: Uint8Array, _header: number, start: number, caplen: number, origlen: number): void {
    if (this.data !== undefined) return;
    this.data = bytes.subarray(start, start + caplen);
    this.origlen = origlen;
  }

  drops(): void {}
  tool(): void {}
  weird(): void {}
}
