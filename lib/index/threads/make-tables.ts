import { keepSchemasPlain } from '../../schemas.ts';
import type { IndexedCapture } from '../engine/follow-capture.ts';
import { OutOfOrder } from '../engine/member-order.ts';
import { indexFile } from '../index-file.ts';
import type { CaptureSummary } from '../summary.ts';
import type { ReaderMessage, TablesTask } from './messages.ts';
import { ThreadTables } from './thread-tables.ts';

/** As `indexFile`, of a file that another thread reads, which tells what it finds. */
export async function makeTables(
  { file, source, slots }: TablesTask,
  messages: AsyncIterator<[ReaderMessage]>,
): Promise<CaptureSummary | undefined> {
  keepSchemasPlain();
  return await indexFile(file, {
    ...source,
    isLasting: true,
    // Once more, after OutOfOrder: what comes then is in the right order.
    readElsewhere: sink => takeAll(messages, new ThreadTables(slots, sink)),
    stream: () => {
      throw new Error('another thread reads this file');
    },
  });
}

async function takeAll(
  messages: AsyncIterator<[ReaderMessage]>,
  tables: ThreadTables,
): Promise<IndexedCapture> {
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
