import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { crc32 } from 'node:zlib';
import { sentence } from './errors.ts';
import type { Output, Stored } from './outputs/output.ts';

const BUFFER_BYTES = 1024 * 1024; // by which one output may be ahead of the slowest

export interface Archived {
  bytes: number;
  sha256: string; // lower-case hex
  crc32: string; // base64 of the 4 big-endian bytes
  stored: Stored[];
  errors: string[]; // one for each output that failed
}

/**
 * Sends one stream to all outputs at once, at the speed of the slowest, so that memory is bounded and no copy
 * is made on disk. An output that fails is left out; the others go on.
 */
export async function store(
  archive: AsyncIterable<Buffer>,
  name: string,
  size: number,
  outputs: readonly Output[],
): Promise<Archived> {
  const sha256 = createHash('sha256');
  let bytes = 0;
  let crc = 0;
  const branches = outputs.map(output => new Branch(output, name, size));
  try {
    for await (const chunk of archive) {
      sha256.update(chunk);
      crc = crc32(chunk, crc);
      bytes += chunk.length;
      await Promise.all(branches.map(branch => branch.write(chunk)));
    }
  } catch (error) {
    for (const branch of branches) branch.abandon(error as Error);
    await Promise.all(branches.map(branch => branch.result));
    throw error;
  }
  const results = await Promise.all(branches.map(branch => branch.end()));
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc);
  return {
    bytes,
    sha256: sha256.digest('hex'),
    crc32: checksum.toString('base64'),
    stored: results.filter(result => typeof result !== 'string'),
    errors: results.filter(result => typeof result === 'string'),
  };
}

/** The way of the stream into one output. */
class Branch {
  /** What was stored, or the sentence that says why not. */
  readonly result: Promise<Stored | string>;
  readonly #stream = new PassThrough({ highWaterMark: BUFFER_BYTES });
  readonly #closed: Promise<unknown>;

  constructor(output: Output, name: string, size: number) {
    this.#stream.on('error', () => {}); // the output, which reads, fails with it
    this.#closed = new Promise(resolve => this.#stream.once('close', resolve));
    this.result = output.store(this.#stream, name, size).catch(error => {
      this.#stream.destroy();
      return `${output.type}: ${sentence(error)}`;
    });
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#stream.destroyed || this.#stream.write(chunk)) return;
    await Promise.race([new Promise(resolve => this.#stream.once('drain', resolve)), this.#closed]);
  }

  end(): Promise<Stored | string> {
    this.#stream.end();
    return this.result;
  }

  abandon(reason: Error): void {
    this.#stream.destroy(reason);
  }
}
