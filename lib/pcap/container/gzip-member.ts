/** A gzip member that is short, as all of the archives that are written here are: it is inflated at once. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Bounds of a short member, compressed and inflated. */
export const MEMBER_BYTES = 1 << 20;
export const MEMBER_OUTPUT_BYTES = 1 << 23;

/** Told where each member begins, in compressed and in inflated bytes, as far as the members are short. */
export type MemberListener = (compressed: number, inflated: number) => void;

const gunzipAtOnce = promisify(gunzip);

/** Input of one member of our archives: what a reader has to inflate to reach any packet. */
export const BLOCK_BYTES = 256 * 1024;
/** Room for it and a little more, or zlib would take a second turn only to find the end. */
const ROOM = BLOCK_BYTES + 64;

/** Rejects with zlib's error when the bytes are no whole member, or hold more than `limit` bytes. */
export function inflateMember(member: Uint8Array, limit: number): Promise<Buffer> {
  return gunzipAtOnce(member, { chunkSize: ROOM, maxOutputLength: limit });
}
