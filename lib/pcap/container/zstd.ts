/** Zstandard (RFC 8878), by Node where it can, else in JavaScript. */
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import type { Chunks } from '../chunks.ts';
import { through } from './through.ts';
import { TruncatedArchive } from './truncated.ts';

const OUTPUT_BYTES = 262_144;

/** @throws TruncatedArchive where the data breaks off or is damaged; what came before was yielded */
export function unzstd(chunks: Chunks): AsyncGenerator<Uint8Array> {
  return 'createZstdDecompress' in zlib ? byNode(chunks) : byScript(chunks);
}

function byNode(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const options = { chunkSize: OUTPUT_BYTES, readableHighWaterMark: 4 * OUTPUT_BYTES };
  return through(chunks, zlib.createZstdDecompress(options), 'zstd');
}

async function* byScript(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const stream = new Decompress(piece => pieces.push(piece));
  for await (const chunk of chunks) {
    // Small steps: each of them may put out 1000 times as much.
    for (let at = 0; at < chunk.length; at += 16_384) {
      push(stream, chunk.slice(at, at + 16_384), false);
      yield* pieces.splice(0);
    }
  }
  push(stream, new Uint8Array(0), true);
  yield* pieces.splice(0);
}

function push(stream: Decompress, piece: Uint8Array, isLast: boolean): void {
  try {
    stream.push(piece, isLast);
  } catch (cause) {
    throw new TruncatedArchive(`zstd: ${(cause as Error).message}`, { cause });
  }
}
