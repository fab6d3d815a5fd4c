import { setTimeout } from 'node:timers/promises';
import type { Client, Resource } from '../../lib/kubernetes/client.ts';
import { ExpiredError } from '../../lib/kubernetes/errors.ts';

const RETRY_MS = 300;

/**
 * Calls `changed` for every object there is and for each change after that, until `signal` aborts. What it
 * hands over is a hint: an object may come twice, and one that vanished while the connection was down comes
 * not at all unless `listed` compares.
 */
export async function follow<T extends Resource>(
  client: Client,
  path: string,
  signal: AbortSignal,
  changed: (object: T) => void,
  listed: (objects: T[]) => void = () => {},
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { items, resourceVersion } = await client.list<T>(path);
      listed(items);
      for (const item of items) changed(item);
      await watch(client, path, resourceVersion, signal, changed);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ExpiredError)) await setTimeout(RETRY_MS);
    }
  }
}

/** Watches until the server no longer knows where this client had been. */
async function watch<T extends Resource>(
  client: Client,
  path: string,
  from: string | undefined,
  signal: AbortSignal,
  changed: (object: T) => void,
): Promise<void> {
  let resourceVersion = from;
  while (!signal.aborted) {
    for await (const event of client.watch<T>(path, { resourceVersion }, signal)) {
      resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
      if (event.type !== 'BOOKMARK') changed(event.object);
    }
  }
}
