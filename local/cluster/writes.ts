/** Creating, updating and patching objects. Every function here is one atomic step: nothing awaits between read and write. */
import { randomUUID } from 'node:crypto';
import { admit, changesIntent, hasGeneration } from './admission.ts';
import { checkKind, decode, parseJson, parseObject } from './decode.ts';
import { afterUpdate, applied } from './managed-fields.ts';
import { generatedName } from './names.ts';
import {
  at,
  child,
  isObject,
  type JsonObject,
  type KubeObject,
  type ManagedFieldsEntry,
  same,
  timestamp,
} from './objects.ts';
import { jsonPatch, mergePatch, strategicMerge } from './patch.ts';
import { apiVersionOf, type Resource, storageOf } from './resource.ts';
import { resolve } from './schema.ts';
import {
  ApiError,
  alreadyExists,
  badRequest,
  cause,
  changedMeanwhile,
  conflict,
  forbidden,
  invalid,
  notFound,
  preconditionFailed,
} from './status.ts';
import { keyOf, type Store } from './store.ts';

/** The object that a request is about. */
export interface Target {
  resource: Resource;
  namespace: string | undefined;
  name: string;
  subresource: string | undefined;
}

export interface WriteOptions {
  dryRun: boolean;
  manager: string;
  fieldValidation: string;
  warn(text: string): void;
  /** Called with a body once it has proved to be of the right kind and types. */
  onBody(body: JsonObject): void;
}

export interface Written {
  object: KubeObject;
  created: boolean;
}

export function keyOfTarget({ namespace, name }: { namespace: string | undefined; name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function read(store: Store, target: Target): KubeObject {
  const found = store.get(storageOf(target.resource), keyOfTarget(target));
  if (found === undefined) throw notFound(target.resource, target.name);
  return found;
}

export function create(
  store: Store,
  resource: Resource,
  namespace: string | undefined,
  body: JsonObject,
  options: WriteOptions,
): KubeObject {
  checkKind(resource, body);
  const next = decode(resource, body, options);
  options.onBody(body);
  return insert(store, resource, namespace, next, options, object =>
    afterUpdate(undefined, object, resolve(resource.schema), managerOf(resource, undefined, options)),
  );
}

function managerOf(resource: Resource, subresource: string | undefined, options: WriteOptions) {
  return { name: options.manager, apiVersion: apiVersionOf(resource), subresource };
}

function insert(
  store: Store,
  resource: Resource,
  namespace: string | undefined,
  next: KubeObject,
  options: WriteOptions,
  ownership: (object: KubeObject) => ManagedFieldsEntry[],
): KubeObject {
  const { metadata } = next;
  placeIn(next, namespace);
  if (!metadata.name && metadata.generateName) metadata.name = generatedName(metadata.generateName);
  if (!metadata.name)
    throw invalid(resource, '', [cause.required('metadata.name', 'name or generateName is required')]);
  if (metadata.resourceVersion)
    throw new ApiError(500, undefined, 'resourceVersion should not be set on objects to be created');
  checkNamespace(store, resource, next);
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp();
  metadata.resourceVersion = '';
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.generation;
  if (hasGeneration(resource)) metadata.generation = 1;
  if (resource.hasStatus) delete next.status;
  resource.strategy.default?.(next);
  resource.strategy.create?.(next, store);
  admit(resource, next, undefined);
  resource.strategy.settle?.(next);
  const other = store.get(storageOf(resource), keyOf(next));
  if (other) throw alreadyExists(resource, metadata.name, other.metadata.deletionTimestamp !== undefined);
  own(next, ownership(next));
  if (!options.dryRun) return store.put(storageOf(resource), next);
  const { resourceVersion: _unsaved, ...unsaved } = next.metadata;
  return { ...next, metadata: unsaved as KubeObject['metadata'] };
}

function own({ metadata }: KubeObject, entries: ManagedFieldsEntry[]): void {
  delete metadata.managedFields;
  if (entries.length > 0) metadata.managedFields = entries;
}

/** Gives the object the namespace of the path; 400 if it names another. */
function placeIn(next: KubeObject, namespace: string | undefined): void {
  if (namespace === undefined) delete next.metadata.namespace;
  else if (next.metadata.namespace !== undefined && next.metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  else next.metadata.namespace = namespace;
}

/** New objects need a namespace that is there and stays. */
function checkNamespace(store: Store, resource: Resource, { metadata }: KubeObject): void {
  if (!resource.namespaced) return;
  const name = metadata.namespace ?? '';
  const namespace = store.get('/namespaces', name);
  if (namespace === undefined)
    throw new ApiError(404, 'NotFound', `namespaces "${name}" not found`, { name, kind: 'namespaces' });
  if (namespace.metadata.deletionTimestamp !== undefined) {
    const why = `unable to create new content in namespace ${name} because it is being terminated`;
    const causes = [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${name} is being terminated`,
        field: 'metadata.namespace',
      },
    ];
    throw forbidden(resource, metadata.name, why, causes);
  }
}

/** PUT: the object as given. */
export function update(store: Store, target: Target, body: JsonObject, options: WriteOptions): Written {
  const { resource, name } = target;
  checkKind(resource, body);
  const given = child(body, 'metadata');
  if (given.name !== undefined && given.name !== name)
    throw badRequest(`the name of the object (${given.name}) does not match the name on the URL (${name})`);
  const candidate = decode(resource, body, options);
  options.onBody(body);
  const existing = read(store, target);
  placeIn(candidate, target.namespace);
  candidate.metadata.name = name;
  if (candidate.metadata.uid && candidate.metadata.uid !== existing.metadata.uid)
    throw preconditionFailed(
      resource,
      keyOfTarget(target),
      'UID',
      candidate.metadata.uid,
      existing.metadata.uid,
    );
  if (
    !candidate.metadata.resourceVersion &&
    (!resource.builtin || resource.kind === 'CustomResourceDefinition')
  )
    // The storage layer finds this, which knows resources and no kinds.
    throw invalid({ ...resource, kind: resource.plural }, name, [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0x0: must be specified for an update',
        field: 'metadata.resourceVersion',
      },
    ]);
  candidate.metadata.uid = existing.metadata.uid;
  return { object: replace(store, target, existing, candidate, options), created: false };
}

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** PATCH by one of the three types that start from the object as it is. */
export function patch(
  store: Store,
  target: Target,
  type: string,
  text: string,
  options: WriteOptions,
): Written {
  const { resource } = target;
  checkPatchType(type, resource);
  const existing = read(store, target);
  const change: unknown = type === patchTypes.json ? parsePatch(text) : parseObject(text);
  const patched = patchWith(type, existing, change, resource);
  if (!isObject(patched)) throw badRequest('the patch leaves no object');
  checkKind(resource, patched);
  const candidate = decode(resource, patched, options);
  if (candidate.metadata.name !== target.name || candidate.metadata.namespace !== target.namespace)
    throw badRequest(
      `the name of the object (${candidate.metadata.name}) does not match the name on the URL (${target.name})`,
    );
  return { object: replace(store, target, existing, candidate, options), created: false };
}

function parsePatch(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}

function patchWith(type: string, existing: KubeObject, change: unknown, resource: Resource): unknown {
  if (type === patchTypes.json) return jsonPatch(existing, change);
  if (type === patchTypes.merge) return mergePatch(existing, change);
  return strategicMerge(existing, change, resource.schema);
}

/** A custom object has no strategic merge: its schema does not say how its lists merge. */
function checkPatchType(type: string, resource: Resource): void {
  const supported = Object.values(patchTypes).filter(
    known => resource.builtin || known !== patchTypes.strategic,
  );
  if (!supported.includes(type))
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`,
      {},
    );
}

/** Server-side apply: makes the object if it is not there. */
export function apply(
  store: Store,
  target: Target,
  config: JsonObject,
  force: boolean,
  options: WriteOptions,
): Written {
  const { resource, name, namespace, subresource } = target;
  checkKind(resource, config);
  const given = child(config, 'metadata');
  if (at(given, 'managedFields') !== undefined) throw badRequest('metadata.managedFields must be nil');
  if (given.name !== undefined && given.name !== name)
    throw badRequest(`the name of the object (${given.name}) does not match the name on the URL (${name})`);
  given.name = name;
  if (namespace !== undefined) given.namespace ??= namespace;
  // Defaults of the schema are not what the manager applied: they are set after the merge.
  const existing = store.get(storageOf(resource), keyOfTarget(target));
  const manager = managerOf(resource, subresource, options);
  const schema = resolve(resource.schema);
  if (existing === undefined) {
    if (subresource !== undefined) throw notFound(resource, name);
    if (given.uid)
      throw conflict(
        resource,
        name,
        `uid mismatch: the provided object specified uid ${given.uid}, and no existing object was found`,
      );
    const next = applied(undefined, config as KubeObject, schema, manager, force);
    const managedFields = next.metadata.managedFields ?? [];
    const decoded = decode(resource, next, options);
    return {
      object: insert(store, resource, namespace, decoded, options, () => managedFields),
      created: true,
    };
  }
  const next = applied(existing, config as KubeObject, schema, manager, force);
  const managedFields = next.metadata.managedFields ?? [];
  const candidate = decode(resource, next, options);
  return { object: replace(store, target, existing, candidate, options, managedFields), created: false };
}

/** Stores `candidate` in the place of `existing`, as far as the subresource lets it change anything. */
function replace(
  store: Store,
  target: Target,
  existing: KubeObject,
  candidate: KubeObject,
  options: WriteOptions,
  ownership?: ManagedFieldsEntry[],
): KubeObject {
  const { resource, subresource } = target;
  const { resourceVersion } = candidate.metadata;
  if (resourceVersion && resourceVersion !== existing.metadata.resourceVersion)
    throw conflict(resource, target.name, changedMeanwhile);
  const next =
    subresource === undefined
      ? withoutStatusChange(resource, existing, candidate)
      : { ...structuredClone(existing), ...partOf(subresource, candidate) };
  resource.strategy.default?.(next);
  if (subresource === undefined) resource.strategy.update?.(next, existing);
  admit(resource, next, existing);
  if (hasGeneration(resource) && changesIntent(resource, next, existing))
    next.metadata.generation = (existing.metadata.generation ?? 0) + 1;
  const manager = managerOf(resource, subresource, options);
  own(next, ownership ?? afterUpdate(existing, next, resolve(resource.schema), manager));
  if (same(next, existing)) return existing;
  if (options.dryRun) return next;
  if (isReleased(next)) return store.remove(storageOf(resource), next);
  return store.put(storageOf(resource), next);
}

/** The part of an object that a subresource writes. */
function partOf(subresource: string, candidate: KubeObject): JsonObject {
  return subresource === 'finalize' ? { spec: candidate.spec } : { status: candidate.status };
}

function withoutStatusChange(resource: Resource, existing: KubeObject, candidate: KubeObject): KubeObject {
  const kept = structuredClone(existing);
  const { uid, deletionTimestamp } = candidate.metadata;
  const next: KubeObject = {
    ...candidate,
    metadata: {
      ...candidate.metadata,
      uid: uid || kept.metadata.uid,
      resourceVersion: kept.metadata.resourceVersion,
      creationTimestamp: kept.metadata.creationTimestamp,
    },
  };
  for (const key of [
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'selfLink',
    'generateName',
  ] as const) {
    delete next.metadata[key];
    if (kept.metadata[key] !== undefined) Object.assign(next.metadata, { [key]: kept.metadata[key] });
  }
  if (deletionTimestamp !== undefined) next.metadata.deletionTimestamp = deletionTimestamp;
  if (resource.hasStatus) {
    delete next.status;
    if (kept.status !== undefined) next.status = kept.status;
  }
  return next;
}

/** Whether the last finalizer of a deleted object is gone, so that nothing holds it any more. */
export function isReleased({ kind, metadata, spec }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return false;
  const held = kind === 'Namespace' ? at(spec, 'finalizers') : undefined;
  return (metadata.deletionGracePeriodSeconds ?? 0) === 0 && !(Array.isArray(held) && held.length > 0);
}
