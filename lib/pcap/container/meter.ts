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
      this.#out += chunk.length;
      if (this.#out > inflatedBytes) {
        throw new TruncatedArchive(`too_large: more than ${inflatedBytes} bytes when inflated`);
      }
      if (this.#out > ratioFloor && this.#out > this.#in * inflateRatio) {
        throw new TruncatedArchive(`inflate_ratio: inflates to more than ${inflateRatio} times its size`);
      }
      yield chunk;
    }
  }
}
