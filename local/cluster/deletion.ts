/** Deleting objects: preconditions, grace, propagation, finalizers. */
import { at, isObject, type JsonObject, type KubeObject, same, timestamp } from './objects.ts';
import { type Resource, storageOf } from './resource.ts';
import { ApiError, conflict, type Status, success } from './status.ts';
import type { Store } from './store.ts';
import { isReleased, read, type Target } from './writes.ts';

export interface DeleteOptions {
  uid: string | undefined;
  resourceVersion: string | undefined;
  propagationPolicy: string | undefined;
  gracePeriodSeconds: number | undefined;
  dryRun: boolean;
}

/** Options from the body of a DELETE and from its query; the body goes first. */
export function deleteOptions(body: JsonObject, query: URLSearchParams): DeleteOptions {
  const policy = body.propagationPolicy ?? query.get('propagationPolicy') ?? undefined;
  const orphan = body.orphanDependents ?? query.get('orphanDependents') ?? undefined;
  const grace = body.gracePeriodSeconds ?? query.get('gracePeriodSeconds') ?? undefined;
  const uid = at(body, 'preconditions', 'uid');
  const version = at(body, 'preconditions', 'resourceVersion');
  if (policy !== undefined && !['Background', 'Foreground', 'Orphan'].includes(String(policy)))
    throw new ApiError(
      422,
      'Invalid',
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`,
      { group: 'meta.k8s.io', kind: 'DeleteOptions' },
    );
  return {
    uid: typeof uid === 'string' ? uid : undefined,
    resourceVersion: typeof version === 'string' ? version : undefined,
    propagationPolicy:
      policy !== undefined
        ? String(policy)
        : orphan !== undefined
          ? String(orphan) === 'true'
            ? 'Orphan'
            : 'Background'
          : undefined,
    gracePeriodSeconds: grace === undefined ? undefined : Math.max(0, Number(grace)),
    dryRun: (Array.isArray(body.dryRun) && body.dryRun.includes('All')) || query.get('dryRun') === 'All',
  };
}

const propagationFinalizers = ['orphan', 'foregroundDeletion'];

/** Deletes at once, or marks as being deleted what a finalizer or a grace period still holds. */
export function remove(store: Store, target: Target, options: DeleteOptions): KubeObject | Status {
  const { resource, name } = target;
  const existing = read(store, target);
  const { metadata } = existing;
  checkPreconditions(resource, existing, options);
  const next = structuredClone(existing);
  next.metadata.finalizers = withPropagation(resource, next, options.propagationPolicy);
  const grace = gracePeriod(resource, existing, options.gracePeriodSeconds);
  markDeleted(next, grace);
  if (resource.kind === 'Namespace') {
    delete next.metadata.deletionGracePeriodSeconds;
    next.status = { ...(isObject(next.status) ? next.status : {}), phase: 'Terminating' };
  }
  if (next.metadata.finalizers.length === 0) delete next.metadata.finalizers;
  if (!isReleased(next)) {
    if (options.dryRun || same(next, existing)) return next;
    return store.put(storageOf(resource), next);
  }
  // What watchers last see of a pod says that it was deleted; of other kinds it is the object as it stood.
  const last = resource.kind === 'Pod' ? next : existing;
  if (!options.dryRun) store.remove(storageOf(resource), last);
  // Kinds whose storage answers with what was deleted.
  if (['Pod', 'ServiceAccount', 'PersistentVolumeClaim', 'Service'].includes(resource.kind)) return last;
  const group = resource.group ? { group: resource.group } : {};
  return success({ name, ...group, kind: resource.plural, uid: metadata.uid });
}

function checkPreconditions(
  resource: Resource,
  { metadata }: KubeObject,
  { uid, resourceVersion }: DeleteOptions,
): void {
  // The server names the kind here, where it names the resource everywhere else.
  const fail = (why: string) =>
    conflict({ ...resource, plural: resource.builtin ? resource.kind : resource.plural }, metadata.name, why);
  if (uid !== undefined && uid !== metadata.uid)
    throw fail(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw fail(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
}

/** The finalizers with those that make the garbage collector act before the object goes. */
function withPropagation(resource: Resource, object: KubeObject, policy: string | undefined): string[] {
  const present = object.metadata.finalizers ?? [];
  // batch/v1 keeps the default of its first days: pods of a deleted Job are left behind.
  const chosen = policy ?? (resource.kind === 'Job' ? 'Orphan' : undefined);
  if (chosen === undefined) return present;
  const kept = present.filter(finalizer => !propagationFinalizers.includes(finalizer));
  if (chosen === 'Orphan') return [...kept, 'orphan'];
  return chosen === 'Foreground' ? [...kept, 'foregroundDeletion'] : kept;
}

/** Seconds that the kubelet gets to stop a pod: none if it never ran or has ended. Only pods have any. */
function gracePeriod(resource: Resource, pod: KubeObject, wanted: number | undefined): number {
  if (resource.kind !== 'Pod') return 0;
  if (!at(pod, 'spec', 'nodeName') || ['Succeeded', 'Failed'].includes(String(at(pod, 'status', 'phase'))))
    return 0;
  return wanted ?? Number(at(pod, 'spec', 'terminationGracePeriodSeconds') ?? 30);
}

function markDeleted({ metadata }: KubeObject, grace: number): void {
  const remaining = metadata.deletionGracePeriodSeconds;
  if (metadata.deletionTimestamp !== undefined && remaining !== undefined && remaining <= grace) return;
  if (metadata.deletionTimestamp === undefined && metadata.generation !== undefined) metadata.generation++;
  metadata.deletionTimestamp = timestamp(new Date(Date.now() + grace * 1000));
  metadata.deletionGracePeriodSeconds = grace;
}
