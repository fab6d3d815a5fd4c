import { createBus } from '../lib/hints/bus.ts';
import { decode } from '../lib/hints/decode.ts';
import { hintEvent } from '../lib/hints/hint.ts';
import { readConfig } from './config.ts';
import { handle } from './handler.ts';
import { log, metric } from './log.ts';

const { busName, clusters } = readConfig();
const bus = createBus(busName);

/** Turns what a forwarder saw in a cluster into hints on the bus. Fails as a whole, to be invoked again. */
export const handler = handle(async (event: unknown): Promise<void> => {
  const hints = decode(event, clusters);
  await bus.put(hints.map(hintEvent));
  for (const { cluster, namespace, name, reason, auditID, seenAt } of hints) {
    log('info', 'hint', { cluster, namespace, name, reason, auditID });
    if (seenAt) metric('EventLag', Math.max(0, Date.now() - Date.parse(seenAt)), 'Milliseconds', cluster);
  }
});
