/** gzip (RFC 1952): a long member is inflated piece by piece, short ones side by side on several threads. */
import { createGunzip, type ZlibOptions } from 'node:zlib';
import type { Chunks } from '../chunks.ts';
import { inflateMember } from './gzip-member.ts';
import { through } from './through.ts';

/** zlib's output is more than twice as fast in pieces of this size as in Node's default of 16 KiB. */
const OUTPUT_BYTES = 1 << 21;
/** Room for the next pieces, so that a thread inflates one while another is read. */
const AHEAD_BYTES = 3 * OUTPUT_BYTES;
/** Bounds of a short member, compressed and inflated. */
const MEMBER_BYTES = 1 << 20;
const MEMBER_OUTPUT_BYTES = 1 << 23;
/** Short members inflated at a time. */
const IN_FLIGHT = 4;
/** Magic, method, flags, time, extra flags, system: the same in every member that one program wrote. */
const HEADER_BYTES = 10;
/** Node finds up to seven bytes by their first one with the memchr of libc: five times as fast as it finds more. */
const SOUGHT_BYTES = 7;

/** Told where each member begins, in compressed and in inflated bytes, as far as the members are short. */
export type MemberListener = (compressed: number, inflated: number) => void;

/** What lies between two member headers, or a piece of what follows the last one that was looked for. */
interface Slice {
  offset: number;
  bytes: Uint8Array;
  /** No further header was found near: all further slices are the rest of this member, piece by piece. */
  isLong: boolean;
}

interface Inflating {
  offset: number;
  bytes: Uint8Array;
  output: Promise<Uint8Array | undefined>;
}

/** @throws TruncatedArchive where the data breaks off or is damaged; what came before was yielded */
export async function* gunzip(chunks: Chunks, onMember: MemberListener): AsyncGenerator<Uint8Array> {
  const slices = split(chunks);
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
      else queue.push({ ...next.value, output: inflate(next.value.bytes) });
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

/** Undefined when the bytes are no whole member, or more than a short one. */
async function inflate(member: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return plain(await inflateMember(member, MEMBER_OUTPUT_BYTES));
  } catch {
    return undefined;
  }
}

async function* split(chunks: Chunks): AsyncGenerator<Slice> {
  let buffer = Buffer.alloc(0);
  let header = buffer;
  let offset = 0;
  let isLong = false;
  for await (const chunk of chunks) {
    if (isLong) {
      yield { offset, bytes: chunk, isLong };
      continue;
    }
    const searched = Math.max(HEADER_BYTES, buffer.length - HEADER_BYTES);
    buffer = Buffer.concat([buffer, chunk]);
    if (buffer.length < HEADER_BYTES) continue;
    if (header.length === 0) header = Buffer.from(buffer.subarray(0, HEADER_BYTES));
    let boundary = findHeader(buffer, header, searched);
    while (boundary !== -1) {
      yield { offset, bytes: buffer.subarray(0, boundary), isLong };
      offset += boundary;
      buffer = buffer.subarray(boundary);
      boundary = findHeader(buffer, header, HEADER_BYTES);
    }
    if (buffer.length <= MEMBER_BYTES) continue;
    isLong = true;
    yield { offset, bytes: buffer, isLong };
    buffer = Buffer.alloc(0);
  }
  if (buffer.length > 0) yield { offset, bytes: buffer, isLong };
}

/** Where the header occurs in whole, from `start` on; -1 when it does not. */
function findHeader(buffer: Buffer, header: Buffer, start: number): number {
  const sought = header.subarray(0, SOUGHT_BYTES);
  for (let at = buffer.indexOf(sought, start); at !== -1; at = buffer.indexOf(sought, at + 1)) {
    const found = buffer.subarray(at, at + HEADER_BYTES);
    if (header.equals(found)) return at;
  }
  return -1;
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
