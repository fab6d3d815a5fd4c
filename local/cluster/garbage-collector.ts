/**
 * Deletes what no living owner holds, and carries out foreground and orphan deletion.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import { type Act, pathOf, type WorkQueue } from './controllers.ts';
import { serviceAccount } from './identity.ts';
import type { KubeObject, OwnerReference } from './objects.ts';
import type { Registry } from './registry.ts';
import { type Resource, storageOf } from './resource.ts';
import { type Change, keyOf, type Store } from './store.ts';

const user = serviceAccount('kube-system', 'generic-garbage-collector');
const mergePatch = 'application/merge-patch+json';

interface Dependent {
  resource: Resource;
  object: KubeObject;
}

/** Looks at every object that has owners, and again at those that a change concerns. Answers the way to stop. */
export function startGarbageCollector(
  store: Store,
  registry: Registry,
  act: Act,
  work: WorkQueue,
): () => void {
  const collector = new Collector(store, registry, act);
  for (const resource of registry.all())
    for (const object of store.list(storageOf(resource)))
      work.add(() => collector.look({ resource: storageOf(resource), object, type: 'MODIFIED' }));
  return store.subscribe(change => {
    const { metadata } = change.object;
    if (
      change.type === 'DELETED' ||
      metadata.ownerReferences?.length ||
      metadata.deletionTimestamp !== undefined
    )
      work.add(() => collector.look(change));
  });
}

class Collector {
  readonly #store: Store;
  readonly #registry: Registry;
  readonly #act: Act;

  constructor(store: Store, registry: Registry, act: Act) {
    this.#store = store;
    this.#registry = registry;
    this.#act = act;
  }

  async look({
    type,
    resource: storage,
    object,
  }: Pick<Change, 'type' | 'resource' | 'object'>): Promise<void> {
    const resource = this.#registry.ofStorage(storage);
    if (resource === undefined) return;
    if (type === 'DELETED') {
      for (const dependent of this.#dependents(object)) await this.#collect(dependent);
      for (const owner of this.#owners(object)) await this.#finishOwner(owner);
      return;
    }
    const current = this.#store.get(storage, keyOf(object));
    if (current === undefined) return;
    await this.#finishOwner({ resource, object: current });
    await this.#collect({ resource, object: current });
  }

  /** Deletes a dependent whose owners are all gone or wait for it; drops references to the owners that are gone. */
  async #collect({ resource, object }: Dependent): Promise<void> {
    const current = this.#store.get(storageOf(resource), keyOf(object));
    const references = current?.metadata.ownerReferences ?? [];
    if (current === undefined || current.metadata.deletionTimestamp !== undefined || references.length === 0)
      return;
    const states = references.map(reference => ({ reference, state: this.#stateOf(reference, current) }));
    const path = pathOf(resource, current.metadata.namespace, current.metadata.name);
    const { uid, finalizers = [] } = current.metadata;
    if (states.every(({ state }) => state !== 'present')) {
      const waiting = states.some(({ state }) => state === 'waiting');
      const kept = finalizers.includes('orphan')
        ? 'Orphan'
        : finalizers.includes('foregroundDeletion')
          ? 'Foreground'
          : 'Background';
      const propagationPolicy = waiting && this.#dependents(current).length > 0 ? 'Foreground' : kept;
      await this.#act(user, 'DELETE', path, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { uid },
        propagationPolicy,
      });
    } else if (states.some(({ state }) => state === 'absent')) {
      const ownerReferences = states
        .filter(({ state }) => state !== 'absent')
        .map(({ reference }) => reference);
      await this.#act(user, 'PATCH', path, { metadata: { uid, ownerReferences } }, mergePatch);
    }
  }

  /** An owner is `absent` if another object, or none, has its name; `waiting` if its deletion waits for its dependents. */
  #stateOf(reference: OwnerReference, dependent: KubeObject): 'present' | 'absent' | 'waiting' {
    const resource = this.#registry.ofKind(reference.apiVersion, reference.kind);
    // A kind that is not served cannot be judged, so its references stand.
    if (resource === undefined) return 'present';
    const { namespace } = dependent.metadata;
    const key = resource.namespaced ? `${namespace}/${reference.name}` : reference.name;
    const owner = this.#store.get(storageOf(resource), key);
    if (owner?.metadata.uid !== reference.uid) return 'absent';
    return owner.metadata.finalizers?.includes('foregroundDeletion') ? 'waiting' : 'present';
  }

  /** Foreground: deletes the dependents, then lets the owner go. Orphan: cuts the references, then lets it go. */
  async #finishOwner({ resource, object }: Dependent): Promise<void> {
    const { metadata } = this.#store.get(storageOf(resource), keyOf(object)) ?? {};
    if (metadata?.deletionTimestamp === undefined) return;
    if (metadata.finalizers?.includes('orphan')) {
      for (const dependent of this.#dependents(object)) await this.#disown(dependent, metadata.uid);
      await this.#release(resource, object, 'orphan');
    } else if (metadata.finalizers?.includes('foregroundDeletion')) {
      for (const dependent of this.#dependents(object)) await this.#collect(dependent);
      if (!this.#dependents(object).some(dependent => blocks(dependent.object, metadata.uid)))
        await this.#release(resource, object, 'foregroundDeletion');
    }
  }

  async #disown({ resource, object }: Dependent, ownerUid: string): Promise<void> {
    const { namespace, name, uid, ownerReferences = [] } = object.metadata;
    const kept = ownerReferences.filter(reference => reference.uid !== ownerUid);
    const change = { metadata: { uid, ownerReferences: kept.length > 0 ? kept : null } };
    await this.#act(user, 'PATCH', pathOf(resource, namespace, name), change, mergePatch);
  }

  async #release(resource: Resource, object: KubeObject, finalizer: string): Promise<void> {
    const current = this.#store.get(storageOf(resource), keyOf(object));
    if (current === undefined) return;
    const { namespace, name, uid, resourceVersion, finalizers = [] } = current.metadata;
    const change = {
      metadata: { uid, resourceVersion, finalizers: finalizers.filter(held => held !== finalizer) },
    };
    await this.#act(user, 'PATCH', pathOf(resource, namespace, name), change, mergePatch);
  }

  #dependents(owner: KubeObject): Dependent[] {
    const owns = (object: KubeObject) =>
      object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid);
    const { namespace } = owner.metadata;
    const seen = new Map(this.#registry.all().map(resource => [storageOf(resource), resource]));
    return [...seen].flatMap(([storage, resource]) =>
      namespace !== undefined && !resource.namespaced
        ? []
        : this.#store
            .list(storage, namespace)
            .filter(owns)
            .map(object => ({ resource, object })),
    );
  }

  #owners(object: KubeObject): Dependent[] {
    return (object.metadata.ownerReferences ?? []).flatMap(reference => {
      const resource = this.#registry.ofKind(reference.apiVersion, reference.kind);
      const { namespace } = object.metadata;
      const key = resource?.namespaced ? `${namespace}/${reference.name}` : reference.name;
      const owner = resource && this.#store.get(storageOf(resource), key);
      return resource && owner?.metadata.uid === reference.uid ? [{ resource, object: owner }] : [];
    });
  }
}

function blocks(dependent: KubeObject, ownerUid: string): boolean {
  return (
    dependent.metadata.ownerReferences?.some(
      ({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true,
    ) ?? false
  );
}
