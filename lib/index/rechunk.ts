import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { peek } from '../pcap/chunks.ts';
import { isGzip } from '../pcap/container/compressed.ts';
import { gunzip } from '../pcap/container/gzip.ts';
import { BLOCK_BYTES } from '../pcap/container/gzip-member.ts';
import { Meter } from '../pcap/container/meter.ts';
import { DEFAULT_LIMITS } from '../pcap/limits.ts';
import type { Objects } from '../storage/objects.ts';
import { GrowingObject } from './store/growing-object.ts';
import type { Positions } from './store/positions.ts';

const compress = promisify(gzip);
const HEADER = 10; // bytes of a gzip header, the same in every member that one program wrote
const SEARCHED = 1024 * 1024; // stored bytes in which a second member begins, if the file is made of short ones
const BUFFERED = 8 * 1024 * 1024;

/**
 * Reads an archive that is compressed in one piece, which can be cut nowhere, and writes it anew on the way as a row
 * of short gzip members. Any other file passes as it is.
 */
export class Rechunker {
  readonly #objects: Objects;
  readonly #key: string;
  readonly #gzip: Positions['gzip'] = { compressed: [], inflated: [] };
  #copy: GrowingObject | undefined;

  constructor(objects: Objects, key: string) {
    this.#objects = objects;
    this.#key = key;
  }

  /** The file's bytes, inflated when it is written anew. */
  async *read(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { head, chunks: all } = await peek(chunks, SEARCHED);
    if (!isGzip(head) || head.length < SEARCHED || secondMember(head)) {
      yield* all;
      return;
    }
    const copy = new GrowingObject(this.#objects, this.#key, 'application/gzip', BUFFERED);
    this.#copy = copy;
    const meter = new Meter(DEFAULT_LIMITS);
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    let filled = 0;
    let inflated = 0;
    try {
      for await (const chunk of meter.output(gunzip(meter.input(all), () => {}))) {
        for (let from = 0; from < chunk.length; ) {
          const taken = Math.min(BLOCK_BYTES - filled, chunk.length - from);
          block.set(chunk.subarray(from, from + taken), filled);
          from += taken;
          filled += taken;
          if (filled < BLOCK_BYTES) continue;
          await this.#write(copy, block, inflated);
          inflated += filled;
          filled = 0;
        }
        yield chunk;
      }
    } finally {
      // Also where the reader has seen enough, or the file breaks off: what was read can be cut.
      if (filled > 0 && !copy.hasFailed) await this.#write(copy, block.subarray(0, filled), inflated);
    }
  }

  async #write(copy: GrowingObject, block: Uint8Array, inflated: number): Promise<void> {
    const member = await compress(block, { level: constants.Z_BEST_SPEED });
    this.#gzip.compressed.push(copy.size);
    this.#gzip.inflated.push(inflated);
    copy.write(member);
    await copy.drain();
  }

  /** The key that {@link complete} will make, if any. */
  get keys(): string[] {
    return this.#copy ? [this.#key] : [];
  }

  /** Ends the copy; undefined when the file can be cut as it is. */
  async complete(): Promise<{ key: string; bytes: number; gzip: Positions['gzip'] } | undefined> {
    if (!this.#copy) return undefined;
    await this.#copy.complete();
    return { key: this.#key, bytes: this.#copy.size, gzip: this.#gzip };
  }

  /** Gives up; nothing of it remains in the store. */
  async abort(): Promise<void> {
    await this.#copy?.abort();
  }
}

function secondMember(head: Uint8Array): boolean {
  return (
    Buffer.from(head.buffer, head.byteOffset, head.length).indexOf(head.subarray(0, HEADER), HEADER) >= 0
  );
}
