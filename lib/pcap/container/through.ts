import type { Transform } from 'node:stream';
import type { Chunks } from '../chunks.ts';
import { TruncatedArchive } from './truncated.ts';

/** Pieces of output that may wait: one is made on another thread while one is read. */
const AHEAD = 3;

/**
 * Runs bytes through a decompressor. Unlike a loop over the stream itself, it yields what came out before an
 * error, and only then throws it: a TruncatedArchive that begins with `format` for what does not decompress,
 * and as it is what `chunks` throws.
 */
export async function* through(
  chunks: Chunks,
  transform: Transform,
  format: string,
): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  let failure: unknown;
  let isEnd = false;
  let wake = () => {};
  const fail = (error: unknown) => {
    failure ??= error;
    wake();
  };
  transform.on('data', (piece: Buffer) => {
    // One class of array for the hot loops, not two.
    ready.push(new Uint8Array(piece.buffer, piece.byteOffset, piece.length));
    if (ready.length >= AHEAD) transform.pause();
    wake();
  });
  transform.on('end', () => {
    isEnd = true;
    wake();
  });
  transform.on('error', cause => fail(new TruncatedArchive(`${format}: ${cause.message}`, { cause })));
  const feeding = feed(chunks, transform).catch(fail);
  try {
    for (;;) {
      const piece = ready.shift();
      if (piece !== undefined) {
        if (transform.isPaused()) transform.resume();
        yield piece;
      } else if (failure !== undefined) throw failure;
      else if (isEnd) return;
      else
        await new Promise<void>(resolve => {
          wake = resolve;
        });
    }
  } finally {
    transform.destroy();
    await feeding; // until it has closed what it reads from
  }
}

async function feed(chunks: Chunks, transform: Transform): Promise<void> {
  for await (const chunk of chunks) {
    if (transform.destroyed || transform.writableEnded) return;
    // The next one is asked for, and this one perhaps overwritten, once it is used up.
    await new Promise<void>(resolve => {
      transform.once('close', resolve);
      transform.write(chunk, () => {
        transform.off('close', resolve);
        resolve();
      });
    });
  }
  transform.end();
}
