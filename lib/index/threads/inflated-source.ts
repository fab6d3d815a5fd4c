import { receiveMessageOnPort } from 'node:worker_threads';
import { TruncatedArchive } from '../../pcap/container/truncated.ts';
import type { GzipMembers } from '../engine/member-order.ts';
import type { CaptureSource } from '../engine/source.ts';
import type { Inflated, InflaterNews } from './messages.ts';
import { PIECE_BYTES, Ring } from './ring.ts';

/** A compressed file that another thread inflates; this way it can be read once, and waiting for it blocks. */
export class InflatedSource implements CaptureSource {
  readonly isInflated = true;
  readonly isLasting = true; // the file is, for who asks once more
  readonly name: string;
  readonly identity: string;
  readonly #gzip: GzipMembers = { compressed: [], inflated: [] };
  #failure: string | undefined;
  readonly #inflated: Inflated;
  readonly #consumed: BigInt64Array;

  constructor(name: string, identity: string | undefined, inflated: Inflated) {
    this.name = name;
    this.identity = identity ?? name;
    this.#inflated = inflated;
    this.#consumed = new BigInt64Array(inflated.consumed);
  }

  /** Bytes of the file that were read so far. */
  get consumed(): number {
    return Number(this.#consumed[0]);
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    const ring = new Ring(this.#inflated.ring);
    const piece = new Uint8Array(PIECE_BYTES);
    for (let length = ring.read(piece); length >= 0; length = ring.read(piece)) {
      yield length === PIECE_BYTES ? piece : piece.subarray(0, length);
    }
    this.#hear();
    if (this.#failure !== undefined) throw new TruncatedArchive(this.#failure);
  }

  /** Of all members that were read from, and perhaps some more. */
  get gzip(): GzipMembers {
    this.#hear();
    return this.#gzip;
  }

  #hear(): void {
    for (;;) {
      const news: InflaterNews | undefined = receiveMessageOnPort(this.#inflated.port)?.message;
      if (news === undefined) return;
      if (news.kind === 'failure') this.#failure = news.message;
      else {
        this.#gzip.compressed.push(news.compressed);
        this.#gzip.inflated.push(news.inflated);
      }
    }
  }
}
