/** Parts of a gzip file, inflated without those ahead of them: what several threads do with one file. */
import { constants, createGunzip } from 'node:zlib';
import type { Chunks } from '../chunks.ts';
import { MEMBER_BYTES, MEMBER_OUTPUT_BYTES } from './gzip-member.ts';
import { slice } from './gzip-pieces.ts';
import { ZlibHandle } from './zlib-handle.ts';

/** Of the file. A part is the members that begin therein. */
export const PART_BYTES = 1 << 21;
/** Told of each part in turn. */
export interface PartListener {
  /** It begins there in the file. A part in which no member begins does not. */
  begin(at: number): void;
  /** A member begins `compressed` bytes into the file, `inflated` bytes into the part. */
  member(compressed: number, inflated: number): void;
  /** Memory for what members hold; when it is that which is written next, nothing need be copied. */
  lend(): Uint8Array;
  /** What the members hold; only valid during the call. */
  write(bytes: Uint8Array): void;
  /** It ends there in the file: undefined where it did not begin, Infinity at the end of the file. */
  end(at: number | undefined): void;
}

/** A file of short members, as its first one is. `open` reads it from a place on; `header` is its beginning. */
export interface PartedFile {
  size: number;
  header: Uint8Array;
  open(from: number): Chunks;
}

/**
 * Inflates each `shares`th part from number `share` on. Gives up behind the last member that it understands: where one is
 * damaged or long, or where the data of one look like the header of another, which whoever puts the parts together sees by
 * their ends.
 */
export async function inflateParts(
  file: PartedFile,
  share: number,
  shares: number,
  listener: PartListener,
): Promise<void> {
  const inflater = MemberInflater.open();
  if (inflater === undefined) return;
  for (let from = share * PART_BYTES; from < file.size; from += shares * PART_BYTES) {
    if (!(await inflatePart(file, from, inflater, listener))) break;
  }
  inflater.close();
}

/** False when what follows cannot be understood this way. */
async function inflatePart(
  { open, header }: PartedFile,
  from: number,
  inflater: MemberInflater,
  listener: PartListener,
): Promise<boolean> {
  let hasBegun = false;
  let inflated = 0;
  let pending: { at: number; bytes: Uint8Array } | undefined; // not understood so far
  const end = (at: number | undefined) => {
    inflater.flush(listener);
    listener.end(at);
  };
  for await (const { offset, bytes, isHeader, isLong } of slice(open(from), header)) {
    const at = pending?.at ?? from + offset;
    if (isLong) {
      end(hasBegun ? at : undefined);
      return false;
    }
    if (!isHeader && pending === undefined) continue; // of a member that began earlier
    if (at >= from + PART_BYTES) {
      end(hasBegun ? at : undefined);
      return true;
    }
    const member: Uint8Array = pending ? Buffer.concat([pending.bytes, bytes]) : bytes;
    const length = inflater.inflate(member, listener);
    if (length !== undefined) {
      if (!hasBegun) listener.begin(at);
      hasBegun = true;
      listener.member(at, inflated);
      inflated += length;
      pending = undefined;
    } else if (hasBegun || from === 0) {
      if (member.length > MEMBER_BYTES) {
        end(hasBegun ? at : undefined);
        return false;
      }
      pending = { at, bytes: Buffer.from(member) };
    }
  }
  end(hasBegun ? (pending?.at ?? Infinity) : undefined);
  return pending === undefined;
}

/** Inflates member after member, as many as fit one behind the other into memory that is lent. */
class MemberInflater {
  readonly #handle: ZlibHandle;
  #output: Uint8Array | undefined;
  #filled = 0;
  #last = 0; // bytes that the member before held
  #large: Uint8Array | undefined; // for a member for which what is lent is too small

  private constructor(handle: ZlibHandle) {
    this.#handle = handle;
  }

  static open(): MemberInflater | undefined {
    const handle = ZlibHandle.open(createGunzip());
    return handle && new MemberInflater(handle);
  }

  /** Adds what the bytes hold to the output, and returns its length; undefined when they are no whole short member. */
  inflate(member: Uint8Array, listener: PartListener): number | undefined {
    if (this.#output && this.#output.length - this.#filled <= this.#last) this.flush(listener);
    let length = this.#add(member, this.#output ?? listener.lend());
    if (length === 'no room' && this.#filled > 0) {
      this.flush(listener);
      length = this.#add(member, listener.lend());
    }
    if (length === 'no room') {
      this.#large ??= new Uint8Array(MEMBER_OUTPUT_BYTES);
      length = this.#add(member, this.#large);
    }
    if (length === 'no room' || length === undefined) return undefined;
    this.#last = length;
    return length;
  }

  #add(member: Uint8Array, output: Uint8Array): number | 'no room' | undefined {
    this.#output = output;
    const handle = this.#handle;
    handle.reset();
    handle.write(constants.Z_FINISH, member, 0, output, this.#filled);
    if (handle.failure !== undefined) return undefined;
    if (handle.roomLeft === 0) return 'no room'; // zlib needs some for finding the end
    if (handle.inputLeft > 0) return undefined;
    const length = output.length - handle.roomLeft - this.#filled;
    this.#filled += length;
    return length;
  }

  flush(listener: PartListener): void {
    if (this.#output && this.#filled > 0) listener.write(this.#output.subarray(0, this.#filled));
    this.#output = undefined;
    this.#filled = 0;
  }

  close(): void {
    this.#handle.close();
  }
}
