import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Chunks } from '../chunks.ts';
import { TruncatedArchive } from './truncated.ts';

/** zlib's output is twice as fast in pieces of this size as in Node's default of 16 KiB. */
const OUTPUT_BYTES = 262_144;

export function isGzip(head: Uint8Array): boolean {
  return head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** RFC 1952, all members in a row. */
export async function* gunzip(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const inflated = Readable.from(copies(chunks)).pipe(createGunzip({ chunkSize: OUTPUT_BYTES }));
  try {
    for await (const chunk of inflated) yield plain(chunk);
  } catch (cause) {
    throw new TruncatedArchive(`gzip: ${(cause as Error).message}`, { cause });
  }
}

/** zlib keeps what it is given until it is used up. */
async function* copies(chunks: Chunks): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.slice();
}

/** One class of array for the hot loops, not two. */
function plain(chunk: Buffer): Uint8Array {
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}
