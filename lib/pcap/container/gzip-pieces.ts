/** Finds where one member of gzip (RFC 1952) may end and the next one begin, before anything is inflated. */
import type { Chunks } from '../chunks.ts';
import { findHeader, HEADER_BYTES } from './gzip-header.ts';
import { MEMBER_BYTES } from './gzip-member.ts';

/** So much of what was read may be the beginning of a header. */
const HELD_BYTES = HEADER_BYTES - 1;

/** Some bytes of the file, in order; they may be overwritten once the next piece is asked for. */
export interface Piece {
  offset: number;
  bytes: Uint8Array;
  /** They begin with the header of the first member. Where that is but data, no member begins. */
  isHeader: boolean;
  /** Such a header follows. */
  isAtHeader: boolean;
}

/** What lies between two headers; it may be overwritten once the next slice is asked for. */
export interface Slice {
  offset: number;
  bytes: Uint8Array;
  isHeader: boolean;
  /** No further header was found near: all further slices are the rest of this one, piece by piece. */
  isLong: boolean;
}

/** Cuts gzip wherever the header of its first member occurs, which has to be given where that is not in `chunks`. */
export async function* split(chunks: Chunks, ofFirst?: Uint8Array): AsyncGenerator<Piece> {
  let header = ofFirst && Buffer.from(ofFirst.subarray(0, HEADER_BYTES));
  let held = Buffer.alloc(0);
  let offset = 0; // of what is held
  for await (const chunk of chunks) {
    const seam = Buffer.concat([held, chunk.subarray(0, HEADER_BYTES)]);
    if (seam.length < HEADER_BYTES) {
      held = seam;
      continue;
    }
    header ??= Buffer.from(seam.subarray(0, HEADER_BYTES));
    const isShort = chunk.length < HELD_BYTES;
    const ahead = isShort ? seam.length - HELD_BYTES : held.length;
    yield* cut(seam.subarray(0, ahead + HELD_BYTES), header, offset);
    offset += ahead;
    const rest = isShort ? seam : chunk;
    if (!isShort) {
      yield* cut(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length), header, offset);
      offset += chunk.length - HELD_BYTES;
    }
    held = Buffer.from(rest.subarray(rest.length - HELD_BYTES));
  }
  if (held.length > 0) yield { offset, bytes: held, isHeader: header === undefined, isAtHeader: false };
}

/** Members by what their headers look like, as far as these are short. The first slice may be the rest of one. */
export async function* slice(chunks: Chunks, ofFirst?: Uint8Array): AsyncGenerator<Slice> {
  let joined = Buffer.alloc(0); // of pieces of one slice; used again and again
  let size = 0;
  let start = { offset: 0, isHeader: false };
  let isLong = false;
  for await (const { offset, bytes, isHeader, isAtHeader } of split(chunks, ofFirst)) {
    if (isLong) {
      yield { ...start, bytes, isLong };
      continue;
    }
    if (isHeader && size > 0) {
      yield { ...start, bytes: joined.subarray(0, size), isLong };
      size = 0;
    }
    if (size === 0) start = { offset, isHeader };
    isLong = size + bytes.length > MEMBER_BYTES;
    if (size === 0 && (isAtHeader || isLong)) {
      yield { ...start, bytes, isLong };
      continue;
    }
    if (size + bytes.length > joined.length) {
      joined = Buffer.concat([joined.subarray(0, size)], 2 * (size + bytes.length));
    }
    joined.set(bytes, size);
    size += bytes.length;
    if (isLong) yield { ...start, bytes: joined.subarray(0, size), isLong };
  }
  if (!isLong && size > 0) yield { ...start, bytes: joined.subarray(0, size), isLong };
}

/** Whether a second member follows that near. `head` is the beginning of a file. */
export function startsWithShortMember(head: Uint8Array): boolean {
  const buffer = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, MEMBER_BYTES));
  return findHeader(buffer, buffer.subarray(0, HEADER_BYTES), HEADER_BYTES) !== -1;
}

/** All of the buffer but what may be the beginning of a header at its end. */
function* cut(buffer: Buffer, header: Buffer, offset: number): Generator<Piece> {
  const end = buffer.length - HELD_BYTES;
  let start = 0;
  let isHeader = false;
  for (let at = findHeader(buffer, header, 0); at !== -1; at = findHeader(buffer, header, at + 1)) {
    if (at > start) {
      yield { offset: offset + start, bytes: buffer.subarray(start, at), isHeader, isAtHeader: true };
    }
    start = at;
    isHeader = true;
  }
  if (end > start) {
    yield { offset: offset + start, bytes: buffer.subarray(start, end), isHeader, isAtHeader: false };
  }
}
