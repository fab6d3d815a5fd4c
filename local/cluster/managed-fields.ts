/** Who owns which field: kept up to date by every write, and the base of server-side apply. */
import {
  compare,
  difference,
  fieldsOf,
  intersection,
  isEmpty,
  merged,
  paths,
  union,
  without,
} from './fieldset.ts';
import {
  type FieldSet,
  isObject,
  type KubeObject,
  type ManagedFieldsEntry,
  same,
  timestamp,
} from './objects.ts';
import type { Schema } from './schema.ts';
import { ApiError } from './status.ts';

export interface Manager {
  name: string;
  apiVersion: string;
  subresource: string | undefined;
}

/** What the server itself sets is owned by no one. */
const serverFields = [
  ...['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'managedFields'],
];

function withoutServerFields(fields: FieldSet | undefined): FieldSet {
  const { 'f:apiVersion': _version, 'f:kind': _kind, 'f:metadata': metadata, ...rest } = fields ?? {};
  const kept = Object.entries(metadata ?? {}).filter(([element]) => !serverFields.includes(element.slice(2)));
  if (kept.every(([element]) => element === '.')) return rest;
  return { 'f:metadata': Object.fromEntries(kept), ...rest };
}

function isOf(entry: ManagedFieldsEntry, manager: Manager, operation: 'Apply' | 'Update'): boolean {
  return (
    entry.manager === manager.name &&
    entry.operation === operation &&
    entry.apiVersion === manager.apiVersion &&
    entry.subresource === manager.subresource
  );
}

/** The entries with this manager's set replaced; its time changes only with its set. */
function withEntry(
  entries: ManagedFieldsEntry[],
  manager: Manager,
  operation: 'Apply' | 'Update',
  fields: FieldSet,
): ManagedFieldsEntry[] {
  const before = entries.find(entry => isOf(entry, manager, operation));
  const time = before && same(before.fieldsV1, fields) ? before.time : timestamp();
  const own: ManagedFieldsEntry = {
    manager: manager.name,
    operation,
    apiVersion: manager.apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(manager.subresource !== undefined && { subresource: manager.subresource }),
  };
  const all = before ? entries.map(entry => (entry === before ? own : entry)) : [...entries, own];
  return all.filter(entry => !isEmpty(entry.fieldsV1));
}

/** Entries after a create, update or patch: what it changed is this manager's, and no one else's any more. */
export function afterUpdate(
  previous: KubeObject | undefined,
  next: KubeObject,
  schema: Schema,
  manager: Manager,
): ManagedFieldsEntry[] {
  const entries = previous?.metadata.managedFields ?? [];
  const { changed, removed } = compare(previous ?? {}, next, schema);
  const taken = withoutServerFields(changed);
  const gone = withoutServerFields(removed);
  const others = entries.map(entry =>
    isOf(entry, manager, 'Update')
      ? entry
      : { ...entry, fieldsV1: difference(difference(entry.fieldsV1, taken), gone) },
  );
  const own = entries.find(entry => isOf(entry, manager, 'Update'))?.fieldsV1 ?? {};
  return withEntry(others, manager, 'Update', difference(union(own, taken), gone));
}

/**
 * Server-side apply: the live object with what the manager applies, without what it used to apply and no one else holds.
 * Throws 409 naming the other managers of changed fields, unless `force` takes them.
 */
export function applied(
  live: KubeObject | undefined,
  config: KubeObject,
  schema: Schema,
  manager: Manager,
  force: boolean,
): KubeObject {
  const entries = live?.metadata.managedFields ?? [];
  const fields = withoutServerFields(fieldsOf(config, schema));
  let result = live === undefined ? config : (merged(live, config, schema) as KubeObject);
  const changed = live === undefined ? {} : withoutServerFields(compare(live, result, schema).changed);
  const mine = entries.find(entry => isOf(entry, manager, 'Apply'));
  const conflicts = entries
    .filter(entry => entry !== mine)
    .map(entry => ({ entry, fields: intersection(changed, entry.fieldsV1) }))
    .filter(({ fields: shared }) => !isEmpty(shared));
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const others = entries.map(entry =>
    entry === mine ? entry : { ...entry, fieldsV1: difference(entry.fieldsV1, changed) },
  );
  const held = others.reduce((all, entry) => (entry === mine ? all : union(all, entry.fieldsV1)), fields);
  if (mine) result = without(result, difference(mine.fieldsV1, held), schema) as KubeObject;
  const managedFields = withEntry(others, manager, 'Apply', fields);
  if (!isObject(result.metadata)) throw new TypeError('metadata is never removed by an apply');
  return { ...result, metadata: { ...result.metadata, managedFields } };
}

function applyConflict(conflicts: { entry: ManagedFieldsEntry; fields: FieldSet }[]): ApiError {
  const causes = conflicts.flatMap(({ entry, fields }) =>
    paths(fields).map(field => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${entry.manager}"${entry.operation === 'Update' ? ` using ${entry.apiVersion}` : ''}`,
      field,
    })),
  );
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  const listed = causes.map(({ message, field }) => `${message}: ${field}`).join(', ');
  return new ApiError(409, 'Conflict', `Apply failed with ${count}: ${listed}`, { causes });
}
