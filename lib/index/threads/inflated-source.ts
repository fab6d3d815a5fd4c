import { tooLarge } from '../../pcap/container/meter.ts';
import { inflateOutermost } from '../../pcap/container/open.ts';
import { TruncatedArchive } from '../../pcap/container/truncated.ts';
import { DEFAULT_LIMITS } from '../../pcap/limits.ts';
import type { GzipMembers } from '../engine/member-order.ts';
import { type CaptureSource, readFrom } from '../engine/source.ts';
import { INPUT_BYTES } from '../kernel/layout.ts';
import type { Inflated, InflaterNews } from './inflaters.ts';
import { memoriesOf, type PipeEnd, PipeReader } from './pipe.ts';

/** A compressed file that other threads inflate; this way it can be read once, and waiting for it blocks. */
export class InflatedSource implements CaptureSource {
  readonly isInflated = true;
  readonly isLasting = true; // the file is, for who asks once more
  readonly name: string;
  readonly identity: string;
  readonly #path: string;
  readonly #ends: PipeEnd[];
  #pipes: PipeReader<InflaterNews>[] = [];
  readonly #consumed: BigInt64Array;
  readonly #gzip: GzipMembers = { compressed: [], inflated: [] };
  #failure: string | undefined;
  /** Where the parts that were read end in the file. */
  #position = 0;
  #inflated = 0;
  /** Of the inflated bytes, where the part begins. */
  #partStart = 0;

  constructor(
    path: string,
    name: string,
    identity: string | undefined,
    { pipes, consumed }: Pick<Inflated, 'pipes' | 'consumed'>,
  ) {
    this.#path = path;
    this.name = name;
    this.identity = identity ?? name;
    this.#ends = pipes;
    this.#consumed = new BigInt64Array(consumed);
  }

  /** Bytes of the file that were read so far. */
  get consumed(): number {
    return Number(this.#consumed[0]);
  }

  /** `memory`: where the threads that inflate put what they do. */
  async *stream(memory = new Uint8Array(new SharedArrayBuffer(INPUT_BYTES))): AsyncGenerator<Uint8Array> {
    const memories = memoriesOf(memory, this.#ends.length);
    this.#pipes = this.#ends.map((end, at) => {
      end.port.postMessage(memories[at]!);
      return new PipeReader(end, memories[at]!);
    });
    for (let turn = 0; yield* this.#readPart(turn); turn++);
    if (this.#failure !== undefined) throw new TruncatedArchive(this.#failure);
    // The parts do not fit together: a member was damaged, or long, or looked like two.
    if (this.#position !== Infinity) yield* this.#readRest();
  }

  /** The part whose turn it is; false when none follows, or another than should. */
  *#readPart(turn: number): Generator<Uint8Array, boolean> {
    const pipe = this.#pipes[turn % this.#pipes.length]!;
    for (let read = pipe.read(); read !== undefined; read = pipe.read()) {
      if ('piece' in read) {
        this.#inflated += read.piece.length;
        if (this.#inflated > DEFAULT_LIMITS.inflatedBytes) throw tooLarge(DEFAULT_LIMITS.inflatedBytes);
        yield read.piece;
      } else if (read.news.kind === 'end') {
        this.#position = read.news.at ?? this.#position;
        return true;
      } else if (read.news.kind === 'begin' && read.news.at !== this.#position) return false;
      else this.#note(read.news);
    }
    return false;
  }

  #note(news: InflaterNews): void {
    if (news.kind === 'error') throw new Error(news.message);
    if (news.kind === 'failure') this.#failure = news.message;
    if (news.kind === 'begin') this.#partStart = this.#inflated;
    if (news.kind === 'member') this.#addMember(news.compressed, this.#partStart + news.inflated);
  }

  #addMember(compressed: number, inflated: number): void {
    this.#gzip.compressed.push(compressed);
    this.#gzip.inflated.push(inflated);
  }

  /** Inflates what follows the parts that were read. */
  async *#readRest(): AsyncGenerator<Uint8Array> {
    const [position, inflated] = [this.#position, this.#inflated];
    yield* inflateOutermost(readFrom(this.#path, position), DEFAULT_LIMITS, (at, content) =>
      this.#addMember(position + at, inflated + content),
    );
  }

  /** Of all members that were read from. */
  get gzip(): GzipMembers {
    return this.#gzip;
  }
}
