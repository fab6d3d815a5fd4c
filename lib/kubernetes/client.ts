import type { V1ObjectMeta } from '@kubernetes/client-node';
import {
  DeadlineError,
  ExpiredError,
  errorFrom,
  KubernetesError,
  ThrottledError,
  UnauthorizedError,
  UnavailableError,
} from './errors.ts';
import { createTransport, pause, type TransportOptions } from './transport.ts';
import { readWatch, type WatchEvent } from './watch.ts';

/** What every object of the API has; unknown fields are kept as they came. */
export interface Resource {
  apiVersion?: string;
  kind?: string;
  metadata?: V1ObjectMeta;
}

export type Query = Record<string, string | number | boolean | undefined>;
export type PatchType = 'merge' | 'json' | 'strategic' | 'apply';

export interface DeleteOptions {
  uid?: string; // delete only this very object
  resourceVersion?: string;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'; // default Background: orphans nothing
  gracePeriodSeconds?: number;
}

export interface ClientOptions extends TransportOptions {
  /** Bearer token; asked again with `fresh` when the server no longer takes the one it gave. */
  token?: (fresh: boolean) => Promise<string>;
  headers?: Record<string, string>; // sent with every request, e.g. Impersonate-User
  remainingMs?: () => number; // time left for the work at hand; default unlimited
  backoffMs?: number; // before the first repetition; doubles each time
}

export interface Client {
  get<T extends object>(path: string, query?: Query): Promise<T>;
  /** All items, page by page; `trim` keeps of each what is needed, so that large lists stay small. */
  list<T extends Resource, R = T>(path: string, query?: Query, trim?: (item: T) => R): Promise<List<R>>;
  create<T extends object>(path: string, object: T, query?: Query): Promise<T>;
  update<T extends object>(path: string, object: T, query?: Query): Promise<T>;
  patch<T extends object>(path: string, type: PatchType, body: unknown, query?: Query): Promise<T>;
  delete(path: string, options?: DeleteOptions): Promise<void>;
  /** Changes from `resourceVersion` on, until the server ends it or `signal` aborts. Throws ExpiredError when too old. */
  watch<T extends Resource>(path: string, query?: Query, signal?: AbortSignal): AsyncIterable<WatchEvent<T>>;
  close(): void;
}

export interface List<R> {
  items: R[];
  resourceVersion: string | undefined;
}

const PATCH_CONTENT_TYPES: Record<PatchType, string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml', // JSON is YAML
};

const ATTEMPTS = 4;
const PAGE = 500;
const LIST_RESTARTS = 3;
const MAX_BACKOFF_MS = 10_000;

/**
 * A client of one API server. Reads are repeated when the server is busy or away, within `remainingMs`.
 * Writes are repeated only when the server refused them unread (429, 401): after any other failure a write
 * may have been applied, and the caller must read before it decides.
 * Every failure is a {@link KubernetesError}.
 */
export function createClient(options: ClientOptions): Client {
  const { token, headers = {}, remainingMs = () => Infinity, backoffMs = 100 } = options;
  const transport = createTransport(options);

  async function sendOnce(method: string, path: string, fresh: boolean, body?: string, contentType?: string) {
    const answer = await transport.send(method, path, await requestHeaders(fresh, contentType), body);
    if (answer.code >= 200 && answer.code < 300) return answer.body;
    throw errorFrom(answer.code, answer.body, answer.headers['retry-after'], Date.now());
  }

  async function requestHeaders(fresh: boolean, contentType?: string): Promise<Record<string, string>> {
    return {
      accept: 'application/json',
      'user-agent': 'serverless-capture',
      ...headers,
      ...(contentType && { 'content-type': contentType }),
      ...(token && { authorization: `Bearer ${await token(fresh)}` }),
    };
  }

  async function send(method: string, path: string, body?: unknown, contentType = 'application/json') {
    const text = body === undefined ? undefined : JSON.stringify(body);
    let fresh = false;
    for (let attempt = 1; ; attempt++) {
      if (remainingMs() <= 0) throw new DeadlineError(`${method} ${path.split('?')[0]}: no time left`);
      try {
        return await sendOnce(method, path, fresh, text, text === undefined ? undefined : contentType);
      } catch (error) {
        if (!(error instanceof KubernetesError)) throw error;
        if (error instanceof UnauthorizedError && token && !fresh) {
          fresh = true;
          continue;
        }
        const refusedUnread = error instanceof ThrottledError;
        if (attempt >= ATTEMPTS || !isTransient(error) || !(method === 'GET' || refusedUnread)) throw error;
        const backoff = Math.min(backoffMs * 2 ** (attempt - 1), MAX_BACKOFF_MS) * (0.5 + Math.random() / 2);
        const asked = error instanceof ThrottledError ? (error.retryAfterMs ?? 0) : 0;
        if (asked > MAX_BACKOFF_MS || remainingMs() <= asked) throw error;
        await pause(Math.max(backoff, asked), remainingMs);
      }
    }
  }

  async function page<T extends Resource>(path: string, query: Query) {
    return JSON.parse(await send('GET', path + queryString(query))) as {
      metadata: { continue?: string; resourceVersion?: string };
      items: T[] | null;
    };
  }

  async function listOnce<T extends Resource, R>(path: string, query: Query, trim: (item: T) => R) {
    const items: R[] = [];
    let next: string | undefined;
    let resourceVersion: string | undefined;
    do {
      const answer = await page<T>(path, { limit: PAGE, ...query, continue: next });
      for (const item of answer.items ?? []) items.push(trim(item));
      next = answer.metadata.continue;
      resourceVersion = answer.metadata.resourceVersion;
    } while (next);
    return { items, resourceVersion };
  }

  return {
    get: async (path, query) => JSON.parse(await send('GET', path + queryString(query))),

    async list<T extends Resource, R>(
      path: string,
      query: Query = {},
      trim = (item: T) => item as unknown as R,
    ) {
      for (let restart = 0; ; restart++) {
        try {
          return await listOnce(path, query, trim);
        } catch (error) {
          if (!(error instanceof ExpiredError) || restart >= LIST_RESTARTS) throw error;
        }
      }
    },

    create: async (path, object, query) => JSON.parse(await send('POST', path + queryString(query), object)),
    update: async (path, object, query) => JSON.parse(await send('PUT', path + queryString(query), object)),
    patch: async (path, type, body, query) =>
      JSON.parse(await send('PATCH', path + queryString(query), body, PATCH_CONTENT_TYPES[type])),

    async delete(path, { uid, resourceVersion, propagationPolicy = 'Background', gracePeriodSeconds } = {}) {
      const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined;
      await send('DELETE', path, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy,
        gracePeriodSeconds,
        preconditions,
      });
    },

    async *watch(path, query, signal) {
      const url = path + queryString({ allowWatchBookmarks: true, ...query, watch: true });
      yield* readWatch(await transport.stream(url, await requestHeaders(false), signal));
    },

    close: () => transport.close(),
  };
}

function isTransient(error: KubernetesError) {
  return error instanceof ThrottledError || error instanceof UnavailableError;
}

function queryString(query: Query = {}) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? '' : `?${search}`;
}
