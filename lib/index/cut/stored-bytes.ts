import { inflateMember } from '../../pcap/container/gzip-member.ts';
import type { Positions } from '../store/positions.ts';

const LARGEST_MEMBER = 64 * 1024 * 1024;
const GAP = 64 * 1024; // stored bytes that are read rather than making a second request
const LONGEST_READ = 4 * 1024 * 1024;
const AHEAD = 8; // requests under way

/** A file that can be read by ranges. */
export interface RangeSource {
  size: number;
  /** The bytes from `start` up to, not including, `end`. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Bytes of the inflated file. */
export interface Extent {
  start: number;
  end: number;
}

interface Request {
  start: number; // stored bytes
  end: number;
  extents: number; // how many of the extents it serves, in order
}

/**
 * The bytes of each extent in turn, by as few ranged reads as make sense, several of them under way at a time.
 * `extents` are in order of their start, and do not reach beyond the file.
 */
export async function* readExtents(
  source: RangeSource,
  positions: Positions,
  extents: readonly Extent[],
): AsyncGenerator<Uint8Array> {
  const blocks = positions.gzip.compressed.length === 0 ? undefined : positions.gzip;
  const requests = plan(extents, source.size, blocks);
  const started: Promise<Block[]>[] = [];
  let next = 0;
  let extent = 0;
  for (const request of requests) {
    while (next < requests.length && started.length < AHEAD) {
      const answer = fetch(source, requests[next++]!, blocks);
      answer.catch(() => {}); // awaited below, in its turn
      started.push(answer);
    }
    const found = await started.shift()!;
    for (const last = extent + request.extents; extent < last; extent++) yield copy(found, extents[extent]!);
  }
}

/** Inflated bytes from `start` on. */
interface Block {
  start: number;
  bytes: Uint8Array;
}

/** Joins extents that lie close together into one request. */
function plan(extents: readonly Extent[], size: number, gzip: Positions['gzip'] | undefined): Request[] {
  const requests: Request[] = [];
  for (const extent of extents) {
    const { start, end } = gzip ? storedRange(extent, size, gzip) : extent;
    const last = requests.at(-1);
    if (last && start <= last.end + GAP && end - last.start <= LONGEST_READ) {
      last.end = Math.max(last.end, end);
      last.extents++;
    } else requests.push({ start, end, extents: 1 });
  }
  return requests;
}

function storedRange(
  { start, end }: Extent,
  size: number,
  { compressed, inflated }: Positions['gzip'],
): Extent {
  const first = lastAtMost(inflated, start);
  const last = lastAtMost(inflated, end - 1);
  return { start: compressed[first]!, end: compressed[last + 1] ?? size };
}

/** Where the last value lies that is not above `wanted`; the values rise. */
function lastAtMost(values: readonly number[], wanted: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle]! <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function fetch(
  source: RangeSource,
  request: Request,
  gzip: Positions['gzip'] | undefined,
): Promise<Block[]> {
  const stored = await source.read(request.start, request.end);
  if (!gzip) return [{ start: request.start, bytes: stored }];
  const blocks: Promise<Block>[] = [];
  const { compressed, inflated } = gzip;
  for (
    let i = lastAtMost(compressed, request.start);
    i < compressed.length && compressed[i]! < request.end;
    i++
  ) {
    const member = stored.subarray(
      compressed[i]! - request.start,
      (compressed[i + 1] ?? request.end) - request.start,
    );
    blocks.push(inflateMember(member, LARGEST_MEMBER).then(bytes => ({ start: inflated[i]!, bytes })));
  }
  return await Promise.all(blocks);
}

function copy(blocks: readonly Block[], { start, end }: Extent): Uint8Array {
  const within = blocks.find(block => block.start <= start && end <= block.start + block.bytes.length);
  if (within) return within.bytes.subarray(start - within.start, end - within.start);
  const joined = new Uint8Array(end - start);
  let filled = 0;
  for (const block of blocks) {
    const from = Math.max(start, block.start);
    const to = Math.min(end, block.start + block.bytes.length);
    if (from >= to) continue;
    joined.set(block.bytes.subarray(from - block.start, to - block.start), from - start);
    filled += to - from;
  }
  return joined.subarray(0, filled);
}
