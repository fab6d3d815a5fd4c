import { TruncatedArchive } from '../../pcap/container/truncated.ts';
import type { GzipMembers } from '../engine/member-order.ts';
import type { CaptureSource } from '../engine/source.ts';
import type { Inflated, InflaterNews } from './messages.ts';
import { PipeReader } from './pipe.ts';

/** A compressed file that another thread inflates; this way it can be read once, and waiting for it blocks. */
export class InflatedSource implements CaptureSource {
  readonly isInflated = true;
  readonly isLasting = true; // the file is, for who asks once more
  readonly name: string;
  readonly identity: string;
  readonly #pipe: PipeReader<InflaterNews>;
  readonly #consumed: BigInt64Array;
  readonly #gzip: GzipMembers = { compressed: [], inflated: [] };
  #failure: string | undefined;

  constructor(name: string, identity: string | undefined, { pipe, consumed }: Inflated) {
    this.name = name;
    this.identity = identity ?? name;
    this.#pipe = new PipeReader(pipe, news => this.#note(news));
    this.#consumed = new BigInt64Array(consumed);
  }

  /** Bytes of the file that were read so far. */
  get consumed(): number {
    return Number(this.#consumed[0]);
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    for (let piece = this.#pipe.read(); piece !== undefined; piece = this.#pipe.read()) yield piece;
    if (this.#failure !== undefined) throw new TruncatedArchive(this.#failure);
  }

  /** Of all members that were read from, and perhaps some more. Ends the reading. */
  get gzip(): GzipMembers {
    this.#pipe.hear();
    return this.#gzip;
  }

  #note(news: InflaterNews): void {
    if (news.kind === 'failure') this.#failure = news.message;
    else {
      this.#gzip.compressed.push(news.compressed);
      this.#gzip.inflated.push(news.inflated);
    }
  }
}
