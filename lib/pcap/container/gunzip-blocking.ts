/** gzip (RFC 1952) for a thread on which nobody waits for events: inflated without a turn through other threads. */
import { constants, createGunzip } from 'node:zlib';
import type { Chunks } from '../chunks.ts';
import { gunzip } from './gzip.ts';
import { MEMBER_BYTES, MEMBER_OUTPUT_BYTES, type MemberListener } from './gzip-member.ts';
import { split } from './gzip-pieces.ts';
import { TruncatedArchive } from './truncated.ts';
import { ZlibHandle } from './zlib-handle.ts';

/** Stays in the second level cache until it is copied, as one buffer takes all output. */
const OUTPUT_BYTES = 1 << 20;

/** Gives memory for output, once for each piece. */
export type Room = () => Uint8Array;

function ownRoom(): Room {
  const output = new Uint8Array(OUTPUT_BYTES);
  return () => output;
}

/**
 * As `gunzip`, a fifth faster; a piece may be overwritten once the next one is asked for.
 * @throws TruncatedArchive where the data breaks off or is damaged; what came before was yielded
 */
export function gunzipBlocking(
  chunks: Chunks,
  onMember: MemberListener,
  room: Room = ownRoom(),
): AsyncGenerator<Uint8Array> {
  const handle = ZlibHandle.open(createGunzip());
  return handle ? inflateMembers(handle, chunks, onMember, room) : gunzip(chunks, onMember);
}

async function* inflateMembers(
  handle: ZlibHandle,
  chunks: Chunks,
  onMember: MemberListener,
  room: Room,
): AsyncGenerator<Uint8Array> {
  const inflater = new BlockingInflater(handle, room);
  let member: { compressed: number; inflated: number } | undefined; // where it begins
  let last = 0; // four bytes, little-endian: at a member's end its length when inflated
  try {
    for await (const { offset, bytes, isHeader } of split(chunks)) {
      const length = inflater.total - (member?.inflated ?? 0);
      const isShort = offset - (member?.compressed ?? 0) <= MEMBER_BYTES && length <= MEMBER_OUTPUT_BYTES;
      // Else the header is data, as it may be captured gzip, or another program wrote a member in between.
      if (isHeader && isShort && length === last) {
        member = { compressed: offset, inflated: inflater.total };
        onMember(offset, inflater.total);
      }
      for (const byte of bytes.subarray(-4)) last = ((last >>> 8) | (byte << 24)) >>> 0;
      yield* inflater.inflate(bytes);
    }
    yield* inflater.finish();
  } finally {
    handle.close();
  }
}

class BlockingInflater {
  readonly #handle: ZlibHandle;
  readonly #room: Room;
  #output: Uint8Array;
  #filled = 0;
  /** Bytes inflated so far. */
  total = 0;
  /** What follows is no member: zeros, as some pad their files with. */
  #isOver = false;

  constructor(handle: ZlibHandle, room: Room) {
    this.#handle = handle;
    this.#room = room;
    this.#output = room();
  }

  /** What the bytes hold, as far as the output is full: it is overwritten then. What follows the last member is passed over. */
  *inflate(input: Uint8Array): Generator<Uint8Array> {
    let isFull = this.#write(constants.Z_NO_FLUSH, input, 0);
    while (isFull) {
      yield this.#output;
      this.#output = this.#room();
      this.#filled = 0;
      isFull = this.#write(constants.Z_NO_FLUSH, input, input.length - this.#handle.inputLeft);
    }
    if (this.#handle.failure !== undefined) yield* this.finish();
  }

  /** Nothing more comes: what is left of the output. Throws where more was to come. */
  *finish(): Generator<Uint8Array> {
    const handle = this.#handle;
    if (handle.failure === undefined) this.#write(constants.Z_FINISH, new Uint8Array(0), 0);
    if (this.#filled > 0) yield this.#output.subarray(0, this.#filled);
    if (handle.failure !== undefined) throw new TruncatedArchive(`gzip: ${handle.failure}`);
  }

  /** Whether it filled the output, so that there may be more. */
  #write(flush: number, input: Uint8Array, at: number): boolean {
    if (this.#isOver) return false;
    const handle = this.#handle;
    handle.write(flush, input, at, this.#output, this.#filled);
    if (handle.failure !== undefined) return false;
    const { roomLeft } = handle;
    this.total += this.#output.length - roomLeft - this.#filled;
    this.#filled = this.#output.length - roomLeft;
    this.#isOver = roomLeft > 0 && handle.inputLeft > 0;
    return roomLeft === 0;
  }
}
