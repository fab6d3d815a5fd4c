import type { Chunks } from '../chunks.ts';
import type { Limits } from '../limits.ts';
import { TruncatedArchive } from './truncated.ts';

/** Stops a decompression bomb: watches what goes into one layer of compression, and what comes out. */
export class Meter {
  readonly #limits: Limits;
  #in = 0;
  #out = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  async *input(chunks: Chunks): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#in += chunk.length;
      yield chunk;
    }
  }

  async *output(chunks: Chunks): AsyncGenerator<Uint8Array> {
    const { inflatedBytes, inflateRatio, ratioFloor } = this.#limits;
    for await (const chunk of chunks) {
      const bound = Math.min(inflatedBytes, Math.max(ratioFloor, this.#in * inflateRatio));
      if (this.#out + chunk.length > bound) {
        yield chunk.subarray(0, bound - this.#out);
        if (bound === inflatedBytes) throw tooLarge(inflatedBytes);
        throw new TruncatedArchive(`inflate_ratio: inflates to more than ${inflateRatio} times its size`);
      }
      this.#out += chunk.length;
      yield chunk;
    }
  }
}

/** `bytes`: the limit. */
export function tooLarge(bytes: number): TruncatedArchive {
  return new TruncatedArchive(`too_large: more than ${bytes} bytes when inflated`);
}
