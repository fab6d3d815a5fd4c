/** Watches: the changes of a resource, from a revision on, as a stream of events. */

import { inVersion, selector } from './lists.ts';
import type { KubeObject } from './objects.ts';
import { apiVersionOf, type Resource, storageOf } from './resource.ts';
import { ApiError } from './status.ts';
import type { Change, Store } from './store.ts';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: unknown;
}

/** Events that may wait for a slow reader; beyond that the watch ends and the client begins again. */
const backlogLimit = 10_000;
const bookmarkInterval = 30_000;

/** Ends by itself after `timeoutSeconds` (30 to 60 minutes if none is given), or when `signal` fires. */
export async function* watch(
  store: Store,
  resource: Resource,
  namespace: string | undefined,
  query: URLSearchParams,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const matches = selector(resource, query);
  const since = query.get('resourceVersion') ?? '';
  const queue: WatchEvent[] = [];
  let wake = () => {};
  let ended = false;
  let sent = store.revision;
  const bookmarks = ['true', '1'].includes(query.get('allowWatchBookmarks') ?? '');
  const push = (event: WatchEvent | undefined) => {
    if (event === undefined) return;
    if (queue.length >= backlogLimit) ended = true;
    else queue.push(event);
    wake();
  };
  const relevant = (change: Change) =>
    change.resource === storageOf(resource) &&
    (namespace === undefined || change.object.metadata.namespace === namespace);
  const end = () => {
    ended = true;
    wake();
  };
  const bookmark = () => push({ type: 'BOOKMARK', object: bookmarkOf(resource, sent) });

  if (since === '' || since === '0')
    for (const object of store.list(storageOf(resource), namespace))
      push(eventOf({ type: 'ADDED', object, previous: undefined }, matches, resource));
  else {
    const past = store.since(Number(since));
    if (past === undefined) {
      yield { type: 'ERROR', object: tooOld(since, store.revision).status };
      return;
    }
    for (const change of past) if (relevant(change)) push(eventOf(change, matches, resource));
  }
  const unsubscribe = store.subscribe(change => {
    sent = change.revision;
    if (relevant(change)) push(eventOf(change, matches, resource));
  });
  signal.addEventListener('abort', end, { once: true });
  const seconds = Number(query.get('timeoutSeconds')) || 1800 + Math.random() * 1800;
  const timers = [
    setTimeout(end, seconds * 1000),
    ...(bookmarks ? [setInterval(bookmark, bookmarkInterval)] : []),
  ];
  try {
    while (!ended || queue.length > 0) {
      const event = queue.shift();
      if (event !== undefined) yield event;
      else
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      if (signal.aborted) return;
    }
    if (bookmarks) yield { type: 'BOOKMARK', object: bookmarkOf(resource, sent) };
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', end);
    for (const timer of timers) clearTimeout(timer);
  }
}

/** What a change is to a watcher that sees only some objects: one that comes into sight is ADDED, one that leaves DELETED. */
function eventOf(
  { type, object, previous }: Pick<Change, 'type' | 'object' | 'previous'>,
  matches: (object: KubeObject) => boolean,
  resource: Resource,
): WatchEvent | undefined {
  const before = previous !== undefined && matches(previous);
  const now = type !== 'DELETED' && matches(object);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object: inVersion(resource, object) };
  if (!before) return undefined;
  // What leaves the selection is shown as it was when it was last in sight, under the revision of the change.
  const { resourceVersion } = object.metadata;
  const last =
    type === 'DELETED' ? object : { ...previous, metadata: { ...previous.metadata, resourceVersion } };
  return { type: 'DELETED', object: inVersion(resource, last) };
}

function bookmarkOf(resource: Resource, revision: number): unknown {
  const metadata = { resourceVersion: String(revision), creationTimestamp: null };
  return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
}

function tooOld(since: string, revision: number): ApiError {
  return new ApiError(410, 'Expired', `too old resource version: ${since} (${revision})`);
}
