import { keepSchemasPlain } from '../../schemas.ts';
import type { IndexedCapture } from '../engine/index-capture.ts';
import { OutOfOrder } from '../engine/member-order.ts';
import { indexFile } from '../index-file.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { CaptureSummary } from '../summary.ts';
import type { ReaderMessage, TablesTask } from './messages.ts';
import { ThreadTables } from './thread-tables.ts';

/** What the thread that reads tells, and where it puts what that is about. */
export interface Reader {
  messages: AsyncIterator<[ReaderMessage]>;
  kernel: Kernel; // whose memory has the slots of the task
}

/** As `indexFile`, of a file that another thread reads. */
export async function makeTables(
  { file, source, slots }: TablesTask,
  { messages, kernel }: Reader,
): Promise<CaptureSummary | undefined> {
  keepSchemasPlain();
  return await indexFile(file, {
    ...source,
    isLasting: true,
    // Once more, after OutOfOrder: what comes then is in the right order.
    readElsewhere: sink => takeAll(messages, new ThreadTables(kernel, slots, sink)),
    stream: () => {
      throw new Error('another thread reads this file');
    },
  });
}

async function takeAll(messages: Reader['messages'], tables: ThreadTables): Promise<IndexedCapture> {
  for (;;) {
    const [message] = (await messages.next()).value as [ReaderMessage];
    switch (message.kind) {
      case 'done':
        return message.indexed;
      case 'out of order':
        throw new OutOfOrder(message.order);
      case 'failed':
        throw new Error(message.message);
      default:
        await tables.take(message);
    }
  }
}
