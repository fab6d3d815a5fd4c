import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import { isGzip } from '../../pcap/container/compressed.ts';
import { MEMBER_BYTES } from '../../pcap/container/gzip-member.ts';
import { startsWithShortMember } from '../../pcap/container/gzip-pieces.ts';
import { readHead } from '../engine/source.ts';
import { type PipeEnd, pipeControl } from './pipe.ts';
import { startThread } from './start-thread.ts';

/** Bytes of a compressed file on their way from the threads that inflate it, each of them every so many parts. */
export interface Inflated {
  /** With the bytes come {@link InflaterNews}, each before the bytes that it is about. */
  pipes: PipeEnd[];
  /** One 64-bit number, shared: bytes of the file that were read so far. */
  consumed: SharedArrayBuffer;
}

export interface InflaterTask {
  path: string;
  consumed: SharedArrayBuffer;
  pipe: PipeEnd;
  /** Which parts it inflates; of one share the whole file is one part. */
  share: number;
  shares: number;
}

/** See PartListener. */
export type InflaterNews =
  | { kind: 'begin'; at: number }
  | { kind: 'member'; compressed: number; inflated: number }
  | { kind: 'end'; at: number | undefined }
  | { kind: 'failure'; message: string } // why the file can be inflated no further
  | { kind: 'error'; message: string }; // what should not have happened

/** MiB: an inflater makes hardly any object, but would let the few of them lie. */
const YOUNG_GENERATION = 3;
/** Reading cannot keep up with more than three. */
const MOST_INFLATERS = 3;

export interface Inflaters {
  inflated: Inflated;
  /** Resolves once all have begun, for who reads blocks while it waits for them. */
  begun: Promise<void>;
  /** As those of a Worker. */
  ref(): void;
  unref(): void;
  end(): Promise<void>;
}

export function startInflaters(path: string): Inflaters {
  const consumed = new SharedArrayBuffer(8);
  const shares = sharesOf(path);
  const pipes: PipeEnd[] = [];
  const workers = Array.from({ length: shares }, (_, share) => {
    const { port1, port2 } = new MessageChannel();
    const control = pipeControl();
    pipes.push({ control, port: port2 });
    const task: InflaterTask = { path, consumed, pipe: { control, port: port1 }, share, shares };
    return startThread('inflater-thread', task, {
      transferList: [port1],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION },
    });
  });
  const begun = Promise.all(workers.map(worker => once(worker, 'message'))).then(() => {});
  begun.catch(() => {}); // it may be that nobody reads the file
  return {
    inflated: { consumed, pipes },
    begun,
    ref: () => {
      for (const worker of workers) worker.ref();
    },
    unref: () => {
      for (const worker of workers) worker.unref();
    },
    end: async () => {
      await Promise.all(workers.map(worker => worker.terminate()));
    },
  };
}

/** How many threads can inflate parts of a file: an archive of ours can be taken up anywhere, others seldom. */
function sharesOf(path: string): number {
  const head = readHead(path, MEMBER_BYTES);
  return isGzip(head) && startsWithShortMember(head) ? Math.min(MOST_INFLATERS, availableParallelism()) : 1;
}
