import { openCaptures } from '../../pcap/container/open.ts';
import { TruncatedArchive } from '../../pcap/container/truncated.ts';
import { DEFAULT_LIMITS } from '../../pcap/limits.ts';
import { PcapReader } from '../../pcap/pcap.ts';
import { PcapngReader } from '../../pcap/pcapng.ts';
import { type CaptureInterface, Clock, type RecordVisitor } from '../../pcap/record.ts';
import { RecordFeed } from '../../pcap/record-feed.ts';
import type { CapturedPacket } from './captured.ts';
import type { PacketRow } from './select.ts';

/**
 * Finds packets by reading a whole file from its beginning: for what ranged reads cannot reach, such as an archive
 * compressed in one piece. `rows` are in order of capture and offset.
 */
export async function* readThrough(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  rows: readonly PacketRow[],
): AsyncGenerator<CapturedPacket> {
  const picker = new Picker(rows);
  let member = 0;
  try {
    for await (const { format, content } of openCaptures(name, chunks, DEFAULT_LIMITS, () => {})) {
      const Reader = format === 'pcap' ? PcapReader : PcapngReader;
      const feed = new RecordFeed(new Reader(picker, new Clock(), DEFAULT_LIMITS));
      picker.begin(member++, feed);
      for await (const chunk of content) {
        feed.push(chunk);
        yield* picker.take();
        if (picker.done) return;
      }
      feed.end();
      yield* picker.take();
    }
  } catch (error) {
    // What the file breaks off in was not indexed either.
    if (!(error instanceof TruncatedArchive)) throw error;
  }
}

class Picker implements RecordVisitor {
  readonly #rows: readonly PacketRow[];
  #next = 0;
  #member = 0;
  #feed: RecordFeed | undefined;
  #interfaces: CaptureInterface[] = [];
  #picked: CapturedPacket[] = [];

  constructor(rows: readonly PacketRow[]) {
    this.#rows = rows;
  }

  begin(member: number, feed: RecordFeed): void {
    this.#member = member;
    this.#feed = feed;
    this.#interfaces = [];
  }

  get done(): boolean {
    return this.#next === this.#rows.length;
  }

  take(): CapturedPacket[] {
    const picked = this.#picked;
    this.#picked = [];
    return picked;
  }

  interface(index: number, description: CaptureInterface): void {
    this.#interfaces[index] = description;
  }

  packet(
    bytes: Uint8Array,
    header: number,
    start: number,
    caplen: number,
    origlen: number,
    index: number,
  ): void {
    const row = this.#rows[this.#next];
    if (row?.member !== this.#member || row.offset !== this.#feed!.bufferOffset + header) return;
    this.#next++;
    const data = bytes.slice(start, start + caplen);
    this.#picked.push({ ts: row.ts, origlen, data, from: this.#interfaces[index]! });
  }

  drops(): void {}
  tool(): void {}
  skipped(): void {}
  weird(): void {}
}
