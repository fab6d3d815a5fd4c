import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createReconciler } from '../lib/capture/batch.ts';
import { createBus } from '../lib/hints/bus.ts';
import { createClusters } from '../lib/kubernetes/clusters.ts';
import { createObjects } from '../lib/storage/objects.ts';
import { readConfig } from './config.ts';
import { handle } from './handler.ts';
import { log, metric } from './log.ts';

const config = readConfig();
const reconcileBatch = createReconciler({
  config,
  clusters: createClusters(),
  objects: createObjects(config.bucket),
  bus: createBus(config.busName),
  log,
  metric,
});

/** Reconciles each Capture that the messages hint at, once; only the messages of those that failed come again. */
export const handler = handle(async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const messages = event.Records.map(({ messageId, body }) => ({ id: messageId, body }));
  const failed = await reconcileBatch(messages, () => context.getRemainingTimeInMillis());
  return { batchItemFailures: failed.map(itemIdentifier => ({ itemIdentifier })) };
});
