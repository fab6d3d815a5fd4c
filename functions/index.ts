import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createBus } from '../lib/hints/bus.ts';
import { createIndexer } from '../lib/index/indexer.ts';
import { createObjects } from '../lib/storage/objects.ts';
import { readConfig } from './config.ts';
import { handle } from './handler.ts';
import { log } from './log.ts';

const config = readConfig();
const index = createIndexer({
  config,
  objects: createObjects(config.bucket),
  bus: createBus(config.busName),
  log,
  now: () => new Date(),
});

/** Indexes each object that came, and forgets each that went; only the messages of those that failed come again. */
export const handler = handle(async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const batchItemFailures: SQSBatchItemFailure[] = [];
  for (const { messageId, body } of event.Records) {
    try {
      await index(body);
    } catch (error) {
      log('error', 'not indexed', { reason: error instanceof Error ? error.message : String(error) });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
});
