import { constants, crc32, createInflateRaw } from 'node:zlib';
import { headerEnd, TRAILER_BYTES } from './gzip-header.ts';
import { MEMBER_BYTES, MEMBER_OUTPUT_BYTES } from './gzip-member.ts';
import { ZlibHandle } from './zlib-handle.ts';

/** Who takes what members hold. */
export interface MemberOutput {
  /** Memory for it; when it is that which is written next, nothing need be copied. */
  lend(): Uint8Array;
  /** Only valid during the call. */
  write(bytes: Uint8Array): void;
}

/** A member that was inflated: where it ends, and how much it holds. */
export interface InflatedMember {
  end: number;
  length: number;
}

/** Inflates short members, as many as fit one behind the other into memory that is lent. */
export class MemberInflater {
  readonly #handle: ZlibHandle;
  #output: Uint8Array | undefined;
  #filled = 0;
  #last = 0; // bytes that the member before held
  #large: Uint8Array | undefined; // for a member for which what is lent is too small

  private constructor(handle: ZlibHandle) {
    this.#handle = handle;
  }

  static open(): MemberInflater | undefined {
    const handle = ZlibHandle.open(createInflateRaw());
    return handle && new MemberInflater(handle);
  }

  /** The member that the bytes begin with, behind what is kept; undefined when it is no whole short member. */
  inflate(bytes: Buffer, output: MemberOutput): InflatedMember | undefined {
    const start = headerEnd(bytes);
    if (start >= bytes.length) return undefined;
    const input = bytes.subarray(start, MEMBER_BYTES);
    if (this.#output && this.#output.length - this.#filled <= this.#last) this.flush(output);
    let length = this.#inflateInto(this.#output ?? output.lend(), input);
    if (length === 'no room' && this.#filled > 0) {
      this.flush(output);
      length = this.#inflateInto(output.lend(), input);
    }
    if (length === 'no room') {
      this.#large ??= new Uint8Array(MEMBER_OUTPUT_BYTES);
      length = this.#inflateInto(this.#large, input);
    }
    if (length === 'no room' || length === undefined) return undefined;
    const trailer = start + input.length - this.#handle.inputLeft;
    return this.#isWhole(bytes, trailer, length) ? { end: trailer + TRAILER_BYTES, length } : undefined;
  }

  #inflateInto(output: Uint8Array, input: Uint8Array): number | 'no room' | undefined {
    this.#output = output;
    const handle = this.#handle;
    handle.reset();
    handle.write(constants.Z_FINISH, input, 0, output, this.#filled);
    if (handle.failure !== undefined) return undefined;
    if (handle.roomLeft === 0) return 'no room'; // zlib needs some for finding the end
    return output.length - handle.roomLeft - this.#filled;
  }

  /** Checksum and length are those of what was inflated. */
  #isWhole(bytes: Buffer, trailer: number, length: number): boolean {
    if (trailer + TRAILER_BYTES > bytes.length || bytes.readUInt32LE(trailer + 4) !== length) return false;
    const content = this.#output!.subarray(this.#filled, this.#filled + length);
    return crc32(content) === bytes.readUInt32LE(trailer);
  }

  /** What was inflated last is wanted. */
  keep({ length }: InflatedMember): void {
    this.#filled += length;
    this.#last = length;
  }

  /** Hands over what was kept. */
  flush(output: MemberOutput): void {
    if (this.#output && this.#filled > 0) output.write(this.#output.subarray(0, this.#filled));
    this.#output = undefined;
    this.#filled = 0;
  }

  close(): void {
    this.#handle.close();
  }
}
