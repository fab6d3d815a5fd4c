/** Lists, whole or in pages. */
import { randomUUID } from 'node:crypto';
import type { JsonObject, KubeObject } from './objects.ts';
import { apiVersionOf, type Resource, storageOf } from './resource.ts';
import { fieldSelector, labelSelector, type Predicate } from './selectors.ts';
import { ApiError, badRequest } from './status.ts';
import type { Store } from './store.ts';

export function selector(resource: Resource, query: URLSearchParams): Predicate {
  const byLabel = labelSelector(query.get('labelSelector') ?? '');
  const byField = fieldSelector(query.get('fieldSelector') ?? '', resource.selectableFields);
  return object => byLabel(object) && byField(object);
}

/** An item of a list: the built-in kinds leave out what the list says for all. */
export function asItem(resource: Resource, object: KubeObject): JsonObject {
  if (!resource.builtin) return inVersion(resource, object);
  const { apiVersion: _version, kind: _kind, ...item } = object;
  return item;
}

/** The object as the requested version of its resource has it. */
export function inVersion(resource: Resource, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(resource);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

interface Snapshot {
  objects: KubeObject[];
  revision: number;
}

/** Snapshots that a continue token can still name; older ones are answered with 410, and the client lists again. */
const snapshotLimit = 50;

export interface Listed {
  items: KubeObject[];
  metadata: JsonObject;
}

export class Lists {
  readonly #store: Store;
  readonly #snapshots = new Map<string, Snapshot>();

  constructor(store: Store) {
    this.#store = store;
  }

  list(resource: Resource, namespace: string | undefined, query: URLSearchParams): Listed {
    const limit = Number(query.get('limit') ?? 0);
    const token = query.get('continue');
    if (!Number.isInteger(limit) || limit < 0)
      throw badRequest(`limit: Invalid value: "${query.get('limit')}"`);
    if (token) return this.#page(token, limit);
    const matches = selector(resource, query);
    const objects = this.#store
      .list(storageOf(resource), namespace)
      .filter(matches)
      .map(object => inVersion(resource, object));
    const snapshot = { objects, revision: this.#store.revision };
    if (limit === 0 || objects.length <= limit)
      return { items: objects, metadata: { resourceVersion: String(snapshot.revision) } };
    const id = randomUUID();
    this.#snapshots.set(id, snapshot);
    for (const oldest of this.#snapshots.keys())
      if (this.#snapshots.size > snapshotLimit) this.#snapshots.delete(oldest);
    // Without a selector the server tells how many are left.
    return page(id, snapshot, 0, limit, !query.get('labelSelector') && !query.get('fieldSelector'));
  }

  #page(token: string, limit: number): Listed {
    const [id, offset, counted] = Buffer.from(token, 'base64url').toString().split('/');
    if (id === undefined || offset === undefined || !/^\d+$/.test(offset))
      throw badRequest('continue key is not valid');
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined)
      throw new ApiError(
        410,
        'Expired',
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      );
    return page(id, snapshot, Number(offset), limit || snapshot.objects.length, counted === 'counted');
  }
}

function page(
  id: string,
  { objects, revision }: Snapshot,
  offset: number,
  limit: number,
  counted: boolean,
): Listed {
  const end = offset + limit;
  const metadata: JsonObject = { resourceVersion: String(revision) };
  if (end < objects.length) {
    metadata.continue = Buffer.from(`${id}/${end}/${counted ? 'counted' : ''}`).toString('base64url');
    if (counted) metadata.remainingItemCount = objects.length - end;
  }
  return { items: objects.slice(offset, end), metadata };
}
