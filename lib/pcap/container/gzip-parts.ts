/** Parts of a gzip file, inflated without those ahead of them: what several threads do with one file. */

import { findHeader, HEADER_BYTES, isHeaderAt } from './gzip-header.ts';
import { MEMBER_BYTES } from './gzip-member.ts';
import { type InflatedMember, MemberInflater, type MemberOutput } from './member-inflater.ts';

/** Of the file. A part is the members that begin therein. */
export const PART_BYTES = 1 << 21;
/** A member, and the header of the next one. */
const MOST_BYTES = MEMBER_BYTES + HEADER_BYTES;
/** What is read of it at a time. */
const STEP_BYTES = 1 << 18;

/** Told of each part in turn. */
export interface PartListener extends MemberOutput {
  /** It begins there in the file. A part in which no member begins does not. */
  begin(at: number): void;
  /** A member begins `compressed` bytes into the file, `inflated` bytes into the part. */
  member(compressed: number, inflated: number): void;
  /** It ends there in the file: undefined where it did not begin, Infinity at the end of the file. */
  end(at: number | undefined): void;
}

/** A file of short members, as its first one is; `header` is its beginning. */
export interface PartedFile {
  size: number;
  header: Uint8Array;
  /** Fills the buffer with what lies at that place, as far as the file goes, and returns how much that is. */
  read(buffer: Uint8Array, position: number): number;
}

/**
 * Inflates each `shares`th part from number `share` on. Gives up ahead of the first member that it does not understand: where
 * one is damaged or long, or something else than another such member follows, which whoever puts the parts together sees by
 * their ends.
 */
export function inflateParts(file: PartedFile, share: number, shares: number, listener: PartListener): void {
  const inflater = MemberInflater.open();
  if (inflater === undefined) return;
  const parts = new Parts(file, inflater, listener);
  for (let from = share * PART_BYTES; from < file.size; from += shares * PART_BYTES) {
    if (!parts.inflate(from)) break;
  }
  inflater.close();
}

class Parts {
  readonly #window: Window;
  readonly #header: Buffer;
  readonly #inflater: MemberInflater;
  readonly #listener: PartListener;
  /** Bytes that members took so far, at most. */
  #usual = 0;

  constructor(file: PartedFile, inflater: MemberInflater, listener: PartListener) {
    this.#window = new Window(file);
    this.#header = Buffer.from(file.header.subarray(0, HEADER_BYTES));
    this.#inflater = inflater;
    this.#listener = listener;
  }

  /** The part that begins there; false when what follows cannot be understood this way. */
  inflate(from: number): boolean {
    const [window, listener] = [this.#window, this.#listener];
    const end = from + PART_BYTES;
    let at = from === 0 ? 0 : window.find(this.#header, from, end);
    let inflated = 0;
    let hasBegun = false;
    while (at !== -1 && at < end && !window.isEndAt(at)) {
      const member = this.#member(at);
      if (member !== undefined) {
        if (!hasBegun) listener.begin(at);
        hasBegun = true;
        listener.member(at, inflated);
        this.#inflater.keep(member);
        inflated += member.length;
        at += member.end;
      } else if (hasBegun || from === 0) {
        break;
      } else {
        at = window.find(this.#header, at + 1, end); // it was data of a member
      }
    }
    this.#inflater.flush(listener);
    if (!hasBegun) {
      listener.end(undefined);
      return false; // a short member would have begun
    }
    listener.end(window.isEndAt(at) ? Infinity : at);
    return at >= end;
  }

  /** The short member there, if another such member follows, or the end of the file. */
  #member(at: number): InflatedMember | undefined {
    const window = this.#window;
    const bytes = window.at(at, this.#usual);
    let member = this.#inflater.inflate(bytes, this.#listener);
    if (member === undefined) {
      const more = window.at(at, MOST_BYTES);
      if (more.length > bytes.length) member = this.#inflater.inflate(more, this.#listener);
    }
    if (member === undefined) return undefined;
    const next = member.end;
    if (!window.isEndAt(at + next) && !isHeaderAt(window.at(at, next + HEADER_BYTES), this.#header, next)) {
      return undefined;
    }
    this.#usual = Math.max(this.#usual, next + HEADER_BYTES);
    return member;
  }
}

/** What is at hand of the file: memory that is used again while it is in the second level cache. */
class Window {
  readonly #file: PartedFile;
  readonly #memory = Buffer.allocUnsafeSlow(MOST_BYTES + 2 * STEP_BYTES);
  #start = 0; // in the file
  #length = 0;

  constructor(file: PartedFile) {
    this.#file = file;
  }

  /** What lies there in the file, at least `wanted` bytes, as far as the file and the memory go. Valid until the next call. */
  at(position: number, wanted: number): Buffer {
    this.#moveTo(position);
    const least = Math.min(position - this.#start + wanted, this.#memory.length);
    while (this.#length < least && this.#read() > 0);
    return this.#memory.subarray(position - this.#start, this.#length);
  }

  /** Where a header begins, from `start` on and ahead of `end`; -1 where none does. */
  find(header: Buffer, start: number, end: number): number {
    for (let position = start; position < end; ) {
      const bytes = this.at(position, HEADER_BYTES);
      const found = findHeader(bytes, header, 0);
      if (found !== -1) return position + found < end ? position + found : -1;
      if (bytes.length < HEADER_BYTES) return -1;
      position += bytes.length - HEADER_BYTES + 1;
    }
    return -1;
  }

  /** Whether the file ends there. */
  isEndAt(position: number): boolean {
    return position >= this.#file.size;
  }

  /** Lets go of what lies ahead of the position, now and then. */
  #moveTo(position: number): void {
    const passed = position - this.#start;
    if (passed >= 0 && passed < STEP_BYTES) return;
    const isHere = passed > 0 && passed < this.#length;
    if (isHere) this.#memory.copyWithin(0, passed, this.#length);
    this.#length = isHere ? this.#length - passed : 0;
    this.#start = position;
  }

  #read(): number {
    const room = this.#memory.subarray(this.#length, this.#length + STEP_BYTES);
    const read = this.#file.read(room, this.#start + this.#length);
    this.#length += read;
    return read;
  }
}
