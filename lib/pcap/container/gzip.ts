/** gzip (RFC 1952): a long member is inflated piece by piece, short ones side by side on several threads. */
import { createGunzip, type ZlibOptions } from 'node:zlib';
import type { Chunks } from '../chunks.ts';
import { inflateMember, MEMBER_BYTES, MEMBER_OUTPUT_BYTES, type MemberListener } from './gzip-member.ts';
import { type Slice, slice } from './gzip-pieces.ts';
import { through } from './through.ts';

/** zlib's output is more than twice as fast in pieces of this size as in Node's default of 16 KiB. */
const OUTPUT_BYTES = 1 << 21;
/** Room for the next pieces, so that a thread inflates one while another is read. */
const AHEAD_BYTES = 3 * OUTPUT_BYTES;
/** Short members inflated at a time. */
const IN_FLIGHT = 4;

interface Inflating {
  offset: number;
  bytes: Uint8Array;
  output: Promise<Uint8Array | undefined>;
}

/** @throws TruncatedArchive where the data breaks off or is damaged; what came before was yielded */
export async function* gunzip(chunks: Chunks, onMember: MemberListener): AsyncGenerator<Uint8Array> {
  const slices = slice(chunks);
  try {
    yield* inflateSlices(slices, onMember);
  } finally {
    await slices.return(undefined);
  }
}

async function* inflateSlices(
  slices: AsyncGenerator<Slice>,
  onMember: MemberListener,
): AsyncGenerator<Uint8Array> {
  const queue: Inflating[] = [];
  let tail: Slice | undefined;
  let isEnd = false;
  let inflated = 0;
  for (;;) {
    while (!isEnd && queue.length < IN_FLIGHT) {
      const next = await slices.next();
      isEnd = next.done === true || next.value.isLong;
      if (next.done === true) break;
      if (next.value.isLong) tail = next.value;
      else queue.push(startInflating(next.value));
    }
    const member = queue.shift();
    if (member === undefined) break;
    const output = await member.output;
    if (output !== undefined) {
      onMember(member.offset, inflated);
      inflated += output.length;
      yield output;
      continue;
    }
    const following = queue[0];
    if (following !== undefined && member.bytes.length < MEMBER_BYTES) {
      // Perhaps the header that ended this member was data: it may be captured gzip.
      const bytes = Buffer.concat([member.bytes, following.bytes]);
      queue[0] = { offset: member.offset, bytes, output: inflate(bytes) };
      continue;
    }
    onMember(member.offset, inflated);
    yield* inflateStream(joined([member, ...queue], tail, slices));
    return;
  }
  if (tail === undefined) return;
  onMember(tail.offset, inflated);
  yield* inflateStream(joined([], tail, slices));
}

/** The bytes as they were before they were split, from the first of `members` on. */
async function* joined(
  members: readonly Inflating[],
  tail: Slice | undefined,
  slices: AsyncGenerator<Slice>,
): AsyncGenerator<Uint8Array> {
  for (const { bytes } of members) yield bytes;
  if (tail !== undefined) yield tail.bytes;
  for await (const { bytes } of slices) yield bytes;
}

function startInflating({ offset, bytes }: Slice): Inflating {
  const own = Buffer.from(bytes); // the slice is overwritten once the next one is asked for
  return { offset, bytes: own, output: inflate(own) };
}

/** Undefined when the bytes are no whole member, or more than a short one. */
async function inflate(member: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return plain(await inflateMember(member, MEMBER_OUTPUT_BYTES));
  } catch {
    return undefined;
  }
}

async function* inflateStream(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const options: ZlibOptions & { readableHighWaterMark: number } = {
    chunkSize: OUTPUT_BYTES,
    readableHighWaterMark: AHEAD_BYTES,
  };
  yield* through(pieces, createGunzip(options), 'gzip');
}

/** One class of array for the hot loops, not two. */
function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
