/** The patch types that change an object as it stands: JSON patch, JSON merge patch, strategic merge patch. */
import { applyPatch, type Operation } from 'rfc6902';
import { listKind } from './fieldset.ts';
import { isObject, type JsonObject, same } from './objects.ts';
import { propertySchema, resolve, type Schema } from './schema.ts';
import { ApiError, badRequest } from './status.ts';

/** RFC 6902. A failed `test`, or a path that is not there, is 422. */
export function jsonPatch(value: JsonObject, operations: unknown): JsonObject {
  if (!Array.isArray(operations) || !operations.every(isObject))
    throw badRequest('json patch must be an array of operations');
  if (operations.length > 10_000)
    throw new ApiError(
      413,
      'RequestEntityTooLarge',
      'The allowed maximum operations in a JSON patch is 10000',
    );
  const result = structuredClone(value);
  const failed = applyPatch(result, operations as unknown as Operation[]).find(error => error !== null);
  if (failed)
    throw new ApiError(422, 'Invalid', `the server rejected our request due to an error in our request`, {});
  return result;
}

/** RFC 7386. */
export function mergePatch(value: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(value) ? { ...value } : {};
  for (const [key, change] of Object.entries(patch))
    if (change === null) delete result[key];
    else result[key] = mergePatch(result[key], change);
  return result;
}

const directive = /^\$(setElementOrder|deleteFromPrimitiveList)\/(.+)$/;

/** Kubernetes' own merge: as a JSON merge patch, but lists with a merge key are merged item by item. */
export function strategicMerge(value: unknown, patch: unknown, schemaOrRef: Schema): unknown {
  if (!isObject(patch)) return patch;
  const schema = resolve(schemaOrRef);
  const { $patch, $retainKeys, ...changes } = patch;
  if ($patch === 'replace') return changes;
  if ($patch === 'delete') return {};
  const result: JsonObject = isObject(value) ? { ...value } : {};
  if (Array.isArray($retainKeys))
    for (const key of Object.keys(result)) if (!$retainKeys.includes(key)) delete result[key];
  for (const [key, change] of Object.entries(changes)) {
    if (directive.test(key)) continue;
    const inner = propertySchema(schema, key) ?? {};
    if (change === null) delete result[key];
    else if (Array.isArray(change)) result[key] = mergeLists(result[key], change, inner);
    else result[key] = strategicMerge(result[key], change, inner);
  }
  for (const [key, listed] of Object.entries(changes)) {
    const [, what, field = ''] = directive.exec(key) ?? [];
    const list = result[field];
    if (!Array.isArray(list) || !Array.isArray(listed)) continue;
    result[field] =
      what === 'deleteFromPrimitiveList'
        ? list.filter(item => !listed.includes(item))
        : ordered(list, listed, propertySchema(schema, field) ?? {});
  }
  return result;
}

/** The key that strategic merge uses; lists that only server-side apply merges (list-type without a strategy) are replaced. */
function mergeKey(schema: Schema): string | undefined {
  return schema['x-kubernetes-patch-strategy']?.includes('merge')
    ? schema['x-kubernetes-patch-merge-key']
    : undefined;
}

function mergeLists(current: unknown, patch: unknown[], schema: Schema): unknown[] {
  const list: unknown[] = Array.isArray(current) ? [...current] : [];
  const key = mergeKey(schema);
  if (key === undefined) {
    if (!schema['x-kubernetes-patch-strategy']?.includes('merge') || listKind(schema).type !== 'set')
      return patch;
    return [...list, ...patch.filter(item => !list.some(present => same(present, item)))];
  }
  if (patch.some(item => isObject(item) && item.$patch === 'replace'))
    return patch.filter(item => !(isObject(item) && item.$patch === 'replace'));
  for (const item of patch) {
    if (!isObject(item) || item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const index = list.findIndex(present => isObject(present) && present[key] === item[key]);
    if (item.$patch === 'delete') {
      if (index >= 0) list.splice(index, 1);
    } else if (index >= 0) list[index] = strategicMerge(list[index], item, schema.items ?? {});
    else list.push(strategicMerge({}, item, schema.items ?? {}));
  }
  return list;
}

/** Items in the order that the patch lists; those it does not list keep theirs, behind. */
function ordered(list: unknown[], order: unknown[], schema: Schema): unknown[] {
  const key = mergeKey(schema);
  const identity = (item: unknown) => (key !== undefined && isObject(item) ? item[key] : item);
  const wanted = order.map(identity);
  const place = (item: unknown) => {
    const index = wanted.findIndex(other => same(other, identity(item)));
    return index < 0 ? wanted.length : index;
  };
  return [...list].sort((a, b) => place(a) - place(b));
}
