import { peek } from '../../pcap/chunks.ts';
import { type CaptureFile, openCaptures, openInflated } from '../../pcap/container/open.ts';
import { TruncatedArchive } from '../../pcap/container/truncated.ts';
import { NotACapture } from '../../pcap/errors.ts';
import { FIRST_TIME_BYTES, firstTime } from '../../pcap/first-time.ts';
import { DEFAULT_LIMITS, type Limits } from '../../pcap/limits.ts';
import type { StartAnalysers } from '../analyser.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { CaptureSummary } from '../summary.ts';
import { CaptureVisitor } from './capture-visitor.ts';
import {
  type CaptureMember,
  type GzipMembers,
  type MemberOrder,
  OutOfOrder,
  passesInOrder,
} from './member-order.ts';
import type { EngineOutput } from './output.ts';
import type { CaptureSource } from './source.ts';

export interface IndexOptions {
  /** The application analysers; without them no flow has a service. */
  analysers?: StartAnalysers;
  limits?: Partial<Limits>;
  /** Told now and then how many bytes of the source were read, anew each time that it is read. */
  progress?: (bytes: number) => void;
  /** As found by an earlier call, which ended in {@link OutOfOrder}. */
  order?: MemberOrder;
}

export interface IndexedCapture {
  summary: CaptureSummary;
  members: CaptureMember[];
  gzip: GzipMembers;
}

/**
 * Reads a capture (or an archive of captures) from its first byte to its last; what it finds is left in the memory of the kernel
 * for `output`. What is damaged or breaks off is read as far as it goes; `summary.partial` says why.
 * @throws CaptureError when there is nothing to index at all
 * @throws OutOfOrder when the captures lie in another order than that of time, and the source can be read again
 */
export async function followCapture(
  source: CaptureSource,
  kernel: Kernel,
  output: EngineOutput,
  options: IndexOptions,
): Promise<IndexedCapture> {
  const reading = new Reading(source, kernel, output, options);
  const { members, gzip } = options.order ? await reading.inOrder(options.order) : await reading.asItLies();
  return { summary: reading.visitor.finish(), members, gzip };
}

class Reading {
  readonly visitor: CaptureVisitor;
  readonly #source: CaptureSource;
  readonly #output: EngineOutput;
  readonly #limits: Limits;
  readonly #progress: (bytes: number) => void;
  #bytes = 0;

  constructor(source: CaptureSource, kernel: Kernel, output: EngineOutput, options: IndexOptions) {
    this.#source = source;
    this.#output = output;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#progress = options.progress ?? (() => {});
    this.visitor = new CaptureVisitor(source, kernel, output, this.#limits, options.analysers);
  }

  /** Reads once. Behind a capture that should have come earlier, it only finds out the order of the others. */
  async asItLies(): Promise<Pick<MemberOrder, 'members' | 'gzip'>> {
    const members: CaptureMember[] = [];
    const times: (bigint | undefined)[] = [];
    const gzip: GzipMembers = { compressed: [], inflated: [] };
    let last: bigint | undefined;
    let isInOrder = true;
    const broken = await this.#untilBroken(async () => {
      for await (const file of this.#open(gzip)) {
        const { time, content } = await this.#firstTime(file);
        const member = members.length;
        members.push({ member, name: file.name, format: file.format, start: file.start });
        times.push(time);
        if (time !== undefined && last !== undefined && time < last) isInOrder = false;
        last = time ?? last;
        if (isInOrder || !this.#source.isLasting) await this.#read(file.format, content, member);
      }
    });
    if (members.length === 0) throw this.#nothing();
    if (!isInOrder && this.#source.isLasting) {
      throw new OutOfOrder({ members, gzip, broken, passes: passesInOrder(times) });
    }
    return { members, gzip };
  }

  /** Reads the members of each pass in turn. */
  async inOrder(order: MemberOrder): Promise<MemberOrder> {
    for (const pass of order.passes) {
      let at = 0;
      let member = 0;
      await this.#untilBroken(async () => {
        for await (const { format, content } of this.#open()) {
          if (member++ !== pass[at]) continue;
          at++;
          await this.#read(format, content, pass[at - 1]!);
          if (at === pass.length) return;
        }
      });
      if (at < pass.length) throw new Error(`${this.#source.name} was changed while it was read`);
    }
    if (order.broken !== null) this.visitor.breakOff(order.broken);
    return order;
  }

  #open(gzip?: GzipMembers): AsyncGenerator<CaptureFile> {
    const { name, isInflated } = this.#source;
    if (isInflated) return openInflated(name, this.#counted(), this.#limits);
    return openCaptures(name, this.#counted(), this.#limits, (compressed, inflated) => {
      gzip?.compressed.push(compressed);
      gzip?.inflated.push(inflated);
    });
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    this.#bytes = 0;
    for await (const chunk of this.#source.stream(this.visitor.input)) {
      this.#bytes += chunk.length;
      yield chunk;
      this.#progress(this.#bytes);
    }
  }

  /** Only what is in an archive can be in disorder. */
  async #firstTime({ isArchived, format, content }: CaptureFile) {
    if (!isArchived) return { time: undefined, content };
    const { head, chunks } = await peek(content, FIRST_TIME_BYTES);
    return { time: firstTime(format, head, this.#limits), content: chunks };
  }

  async #read(format: CaptureFile['format'], content: AsyncIterable<Uint8Array>, member: number) {
    const { visitor } = this;
    visitor.begin(format, member);
    let broken: TruncatedArchive | undefined;
    try {
      for await (const chunk of content) {
        visitor.push(chunk);
        await this.#output.drain();
      }
    } catch (error) {
      if (!(error instanceof TruncatedArchive)) throw error;
      broken = error;
      visitor.breakOff(error.message);
    }
    visitor.end();
    if (broken !== undefined) throw broken;
  }

  /** Why the archive could be read no further, if so. */
  async #untilBroken(read: () => Promise<void>): Promise<string | null> {
    try {
      await read();
      return null;
    } catch (error) {
      if (!(error instanceof TruncatedArchive)) throw error;
      this.visitor.breakOff(error.message);
      return error.message;
    }
  }

  #nothing(): NotACapture {
    const { name, isInflated } = this.#source;
    const isEmpty = this.#bytes === 0 && !isInflated;
    return new NotACapture(
      isEmpty ? `${name} is empty` : `${name} is no capture and no archive with one inside`,
    );
  }
}
