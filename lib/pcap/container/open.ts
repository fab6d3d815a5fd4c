/** Finds the captures in a file: bare, compressed, archived, or all of it at once. */
import { type Chunks, peek } from '../chunks.ts';
import type { Limits } from '../limits.ts';
import { isPcap } from '../pcap-format.ts';
import { isPcapng } from '../pcapng.ts';
import { isCompressed, isGzip } from './compressed.ts';
import { gunzipBlocking, type Room } from './gunzip-blocking.ts';
import { gunzip } from './gzip.ts';
import type { MemberListener } from './gzip-member.ts';
import { Meter } from './meter.ts';
import { isTar, untar } from './tar.ts';
import { TruncatedArchive } from './truncated.ts';
import { unzstd } from './zstd.ts';

export type CaptureFormat = 'pcap' | 'pcapng';

/** One capture file; `content` must be read, or left, before the next one is asked for. */
export interface CaptureFile {
  /** Its path in the archive, else the name of the file itself. */
  name: string;
  format: CaptureFormat;
  /** False when the file holds nothing else. */
  isArchived: boolean;
  /** Offset of the capture's first byte in what the outer compression holds; undefined below a second one. */
  start: number | undefined;
  content: Chunks;
}

/** A tar header is the longest of what a format is told by. */
const HEAD_BYTES = 512;

interface Place {
  name: string;
  isArchived: boolean;
  depth: number;
  compressions: number;
  start: number | undefined;
}

/**
 * All captures of a file, in its order. Other files of an archive are passed over.
 * `onMember` is told of the gzip members that the file itself consists of.
 * @throws TruncatedArchive where an archive breaks off, is damaged or exceeds `limits`
 */
export function openCaptures(
  name: string,
  chunks: Chunks,
  limits: Limits,
  onMember: MemberListener,
): AsyncGenerator<CaptureFile> {
  return new Opener(limits, onMember).open(chunks, {
    name,
    isArchived: false,
    depth: 0,
    compressions: 0,
    start: 0,
  });
}

/** As {@link openCaptures}, of what {@link inflateOutermost} gave. */
export function openInflated(name: string, chunks: Chunks, limits: Limits): AsyncGenerator<CaptureFile> {
  return new Opener(limits, () => {}).open(chunks, {
    name,
    isArchived: false,
    depth: 1,
    compressions: 1,
    start: 0,
  });
}

/**
 * What a file that is compressed as a whole holds, for a thread on which nobody waits for events. Where it can, it takes the
 * memory for its output from `room`.
 * @throws TruncatedArchive as {@link openCaptures} does
 */
export async function* inflateOutermost(
  chunks: Chunks,
  limits: Limits,
  onMember: MemberListener,
  room?: Room,
): AsyncGenerator<Uint8Array> {
  const { head, chunks: content } = await peek(chunks, HEAD_BYTES);
  yield* decompress(head, content, limits, input => gunzipBlocking(input, onMember, room));
}

function decompress(
  head: Uint8Array,
  content: Chunks,
  limits: Limits,
  gunzip: (input: Chunks) => Chunks,
): Chunks {
  const meter = new Meter(limits);
  const input = meter.input(content);
  return meter.output(isGzip(head) ? gunzip(input) : unzstd(input));
}

export function captureFormat(head: Uint8Array): CaptureFormat | undefined {
  if (isPcap(head)) return 'pcap';
  return isPcapng(head) ? 'pcapng' : undefined;
}

class Opener {
  readonly #limits: Limits;
  readonly #onMember: MemberListener;
  #entries = 0;

  constructor(limits: Limits, onMember: MemberListener) {
    this.#limits = limits;
    this.#onMember = onMember;
  }

  async *open(chunks: Chunks, place: Place): AsyncGenerator<CaptureFile> {
    const { head, chunks: content } = await peek(chunks, HEAD_BYTES);
    const format = captureFormat(head);
    if (format !== undefined) {
      const { name, isArchived, start } = place;
      yield { name, format, isArchived, start, content };
      return;
    }
    if (place.depth >= this.#limits.depth) return;
    if (isCompressed(head)) {
      const inner = {
        ...place,
        depth: place.depth + 1,
        compressions: place.compressions + 1,
        start: place.compressions === 0 && place.depth === 0 ? 0 : undefined,
      };
      const onMember = place.depth === 0 ? this.#onMember : () => {};
      yield* this.open(
        decompress(head, content, this.#limits, input => gunzip(input, onMember)),
        inner,
      );
      return;
    }
    if (isTar(head)) yield* this.#openArchive(content, place);
    else if (head.length < HEAD_BYTES) for await (const _ of content); // tells why it is so short
  }

  async *#openArchive(content: Chunks, place: Place): AsyncGenerator<CaptureFile> {
    for await (const entry of untar(content)) {
      if (++this.#entries > this.#limits.entries) {
        throw new TruncatedArchive(`too_many_entries: more than ${this.#limits.entries}`);
      }
      yield* this.open(entry.content, {
        name: entry.name,
        isArchived: true,
        depth: place.depth + 1,
        compressions: place.compressions,
        start: place.start === undefined ? undefined : place.start + entry.start,
      });
    }
  }
}
