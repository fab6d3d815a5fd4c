/** The controllers that belong to the API server's own meaning of objects; those that run pods live elsewhere. */
import { cleanupFinalizer } from './crds.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { serviceAccount, systemUser, type User } from './identity.ts';
import { at, type KubeObject } from './objects.ts';
import type { Registry } from './registry.ts';
import { apiVersionOf, type Resource, storageOf } from './resource.ts';
import type { Change, Store } from './store.ts';

/** Makes a request as `user`, answering its HTTP code. It goes the way of every request, and so into the audit log. */
export type Act = (
  user: User,
  method: string,
  path: string,
  body?: unknown,
  contentType?: string,
) => Promise<number>;

export interface Controllers {
  close(): Promise<void>;
}

/** The path of an object, or of a resource in a namespace. */
export function pathOf(resource: Resource, namespace: string | undefined, name?: string): string {
  const root = resource.group === '' ? '/api' : '/apis';
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${root}/${apiVersionOf(resource)}${within}/${resource.plural}${name === undefined ? '' : `/${name}`}`;
}

const firstNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Makes what every cluster has, then keeps namespaces, definitions and owners in order until closed. */
export async function startControllers(store: Store, registry: Registry, act: Act): Promise<Controllers> {
  const work = new WorkQueue();
  const stops = [
    store.subscribe(change => {
      if (change.resource === '/namespaces') work.add(() => syncNamespace(change, store, registry, act));
      else if (change.resource === 'apiextensions.k8s.io/customresourcedefinitions')
        work.add(() => syncDefinition(change.object, store, registry, act));
      else if (change.type === 'DELETED') work.add(() => afterRemoval(change, store, registry, act));
    }),
    startGarbageCollector(store, registry, act, work),
  ];
  for (const name of firstNamespaces)
    if (store.get('/namespaces', name) === undefined)
      await act(systemUser, 'POST', '/api/v1/namespaces', { metadata: { name } });
  for (const object of store.list('/namespaces'))
    work.add(() => syncNamespace({ type: 'MODIFIED', object }, store, registry, act));
  await work.idle();
  return {
    async close() {
      for (const stop of stops) stop();
      await work.close();
    },
  };
}

/** Runs one job after the other; a failed one is left to the change that its repair will make. */
export class WorkQueue {
  #tail: Promise<void> = Promise.resolve();
  #closed = false;

  add(job: () => Promise<void>): void {
    this.#tail = this.#tail
      .then(() => (this.#closed ? undefined : job()))
      .catch(error => console.error(error));
  }

  /** When all that is queued now, and what that queues, has run. */
  async idle(): Promise<void> {
    let tail: Promise<void>;
    do {
      tail = this.#tail;
      await tail;
    } while (tail !== this.#tail);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#tail;
  }
}

const namespaceController = serviceAccount('kube-system', 'namespace-controller');

async function syncNamespace(
  { object }: Pick<Change, 'type' | 'object'>,
  store: Store,
  registry: Registry,
  act: Act,
): Promise<void> {
  const { name } = object.metadata;
  const current = store.get('/namespaces', name);
  if (current === undefined) return;
  if (current.metadata.deletionTimestamp !== undefined) return emptyNamespace(current, store, registry, act);
  if (store.get('/serviceaccounts', `${name}/default`) === undefined)
    await act(
      serviceAccount('kube-system', 'service-account-controller'),
      'POST',
      `/api/v1/namespaces/${name}/serviceaccounts`,
      {
        metadata: { name: 'default' },
      },
    );
}

/** Deletes what is in a namespace; when nothing is left, lets go of it. */
async function emptyNamespace(
  namespace: KubeObject,
  store: Store,
  registry: Registry,
  act: Act,
): Promise<void> {
  const { name } = namespace.metadata;
  const left = registry
    .all()
    .filter(resource => resource.namespaced && store.list(storageOf(resource), name).length > 0);
  for (const resource of left)
    if (store.list(storageOf(resource), name).some(object => object.metadata.deletionTimestamp === undefined))
      await act(namespaceController, 'DELETE', pathOf(resource, name), { propagationPolicy: 'Background' });
  if (left.some(resource => store.list(storageOf(resource), name).length > 0)) return;
  await act(namespaceController, 'PUT', `/api/v1/namespaces/${name}/finalize`, {
    ...namespace,
    metadata: { name },
    spec: { finalizers: [] },
  });
}

/** The removal of an object may be what a namespace or a definition that is being deleted waits for. */
async function afterRemoval({ object }: Change, store: Store, registry: Registry, act: Act): Promise<void> {
  const namespace = store.get('/namespaces', object.metadata.namespace ?? '');
  if (namespace?.metadata.deletionTimestamp !== undefined)
    await emptyNamespace(namespace, store, registry, act);
  for (const crd of store.list('apiextensions.k8s.io/customresourcedefinitions'))
    if (crd.metadata.deletionTimestamp !== undefined) await syncDefinition(crd, store, registry, act);
}

/** A definition that is deleted takes its objects with it. */
async function syncDefinition(crd: KubeObject, store: Store, registry: Registry, act: Act): Promise<void> {
  const current = store.get('apiextensions.k8s.io/customresourcedefinitions', crd.metadata.name);
  if (
    current?.metadata.deletionTimestamp === undefined ||
    !current.metadata.finalizers?.includes(cleanupFinalizer)
  )
    return;
  const resource = registry.ofStorage(
    `${at(current, 'spec', 'group')}/${at(current, 'spec', 'names', 'plural')}`,
  );
  if (resource !== undefined) {
    const objects = () => store.list(storageOf(resource));
    for (const { metadata } of objects())
      if (metadata.deletionTimestamp === undefined)
        await act(systemUser, 'DELETE', pathOf(resource, metadata.namespace, metadata.name));
    if (objects().length > 0) return;
  }
  const finalizers = current.metadata.finalizers.filter(finalizer => finalizer !== cleanupFinalizer);
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`;
  await act(systemUser, 'PATCH', path, { metadata: { finalizers } }, 'application/merge-patch+json');
}
