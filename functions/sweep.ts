import type { Context } from 'aws-lambda';
import { listUnfinished } from '../lib/capture/unfinished.ts';
import { createBus } from '../lib/hints/bus.ts';
import { hintEvent } from '../lib/hints/hint.ts';
import { createClusters } from '../lib/kubernetes/clusters.ts';
import { readConfig } from './config.ts';
import { handle } from './handler.ts';
import { log } from './log.ts';

const config = readConfig();
const bus = createBus(config.busName);
const clusters = createClusters();

/** A hint for every Capture that is not finished: events are best effort, this is what repairs their loss. */
export const handler = handle(async (_event: unknown, context: Context): Promise<void> => {
  const failed: string[] = [];
  for (const cluster of config.clusters) {
    try {
      const keys = await clusters.use(
        cluster,
        () => context.getRemainingTimeInMillis(),
        c => listUnfinished(c),
      );
      await bus.put(
        keys.map(key => hintEvent({ cluster, ...key, reason: 'sweep', auditID: context.awsRequestId })),
      );
      log('info', 'swept', { cluster, unfinished: keys.length });
    } catch (error) {
      failed.push(`${cluster}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (failed.length > 0) throw new Error(`not swept: ${failed.join('; ')}`);
});
