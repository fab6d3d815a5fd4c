/**
 * Sets of fields as `metadata.managedFields` writes them (FieldsV1): `f:name` a field, `k:{…}` an item of a list by its
 * keys, `v:…` an item of a set, `.` the thing itself. What counts as one field follows from the schema's list and map types.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { type FieldSet, isObject, type JsonObject, same } from './objects.ts';
import { propertySchema, resolve, type Schema } from './schema.ts';

export interface ListKind {
  type: 'atomic' | 'set' | 'map';
  keys: string[];
}

/** How items of a list are told apart; the built-in kinds say it by their patch strategy. */
export function listKind(schema: Schema): ListKind {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'map') return { type, keys: schema['x-kubernetes-list-map-keys'] ?? [] };
  if (type === 'set') return { type, keys: [] };
  if (type === undefined && schema['x-kubernetes-patch-strategy']?.includes('merge')) {
    const key = schema['x-kubernetes-patch-merge-key'];
    return key === undefined ? { type: 'set', keys: [] } : { type: 'map', keys: [key] };
  }
  return { type: 'atomic', keys: [] };
}

/** The path element of an item of a map-like list. */
function itemElement(item: unknown, keys: string[], items: Schema): string {
  const value = (key: string) =>
    isObject(item) ? (item[key] ?? propertySchema(items, key)?.default) : undefined;
  return `k:${JSON.stringify(Object.fromEntries([...keys].sort().map(key => [key, value(key)])))}`;
}

/** The parts of a value that are fields of their own; undefined if the value is one field. */
function elements(value: unknown, schema: Schema): [string, unknown, Schema][] | undefined {
  if (isObject(value) && schema['x-kubernetes-map-type'] !== 'atomic')
    return Object.entries(value).map(([key, item]) => [`f:${key}`, item, propertySchema(schema, key) ?? {}]);
  if (!Array.isArray(value)) return undefined;
  const { type, keys } = listKind(schema);
  const items = resolve(schema.items ?? {});
  if (type === 'set') return value.map(item => [`v:${JSON.stringify(item)}`, item, items]);
  if (type === 'map') return value.map(item => [itemElement(item, keys, items), item, items]);
  return undefined;
}

function isStructField(element: string, schema: Schema): boolean {
  return element.startsWith('f:') && schema.properties?.[element.slice(2)] !== undefined;
}

/** Every field that the value sets. */
export function fieldsOf(value: unknown, schema: Schema): FieldSet {
  const fields: FieldSet = {};
  for (const [element, item, itemSchema] of elements(value, schema) ?? []) {
    const below = fieldsOf(item, itemSchema);
    const marked = Object.keys(below).length > 0 && !isStructField(element, schema);
    fields[element] = marked ? { '.': {}, ...below } : below;
  }
  return fields;
}

export interface Difference {
  changed: FieldSet | undefined;
  removed: FieldSet | undefined;
}

/** Fields that are new or differ, and fields that are gone. */
export function compare(before: unknown, after: unknown, schema: Schema): Difference {
  const old = elements(before, schema);
  const now = elements(after, schema);
  if (old === undefined || now === undefined)
    return { changed: same(before, after) ? undefined : {}, removed: undefined };
  const changed: FieldSet = {};
  const removed: FieldSet = {};
  const remaining = new Map(old.map(([element, item]) => [element, item]));
  for (const [element, item, itemSchema] of now) {
    if (!remaining.has(element)) {
      const below = fieldsOf(item, itemSchema);
      changed[element] = Object.keys(below).length > 0 ? { '.': {}, ...below } : below;
      continue;
    }
    const inner = compare(remaining.get(element), item, itemSchema);
    if (inner.changed) changed[element] = inner.changed;
    if (inner.removed) removed[element] = inner.removed;
    remaining.delete(element);
  }
  for (const [element, item, itemSchema] of old)
    if (remaining.has(element)) removed[element] = { '.': {}, ...fieldsOf(item, itemSchema) };
  const some = (fields: FieldSet) => (Object.keys(fields).length > 0 ? fields : undefined);
  return { changed: some(changed), removed: some(removed) };
}

export function isEmpty(fields: FieldSet | undefined): boolean {
  return fields === undefined || Object.keys(fields).length === 0;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result = { ...a };
  for (const [element, fields] of Object.entries(b))
    result[element] = element in result ? union(result[element]!, fields) : fields;
  return result;
}

/** What is in `a` and not in `b`. Whoever holds a field within a thing holds the thing itself. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [element, fields] of Object.entries(a)) {
    const other = b[element];
    if (other === undefined) {
      result[element] = fields;
      continue;
    }
    const { '.': _self, ...below } = fields;
    const left = difference(below, other);
    if (!isEmpty(left)) result[element] = left;
  }
  return result;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [element, fields] of Object.entries(a)) {
    const other = b[element];
    if (other === undefined) continue;
    const both = intersection(fields, other);
    if (!isEmpty(both) || isEmpty(fields) || isEmpty(other)) result[element] = both;
  }
  return result;
}

/** The value without these fields. */
export function without(value: unknown, fields: FieldSet, schema: Schema): unknown {
  const kept = (elements(value, schema) ?? []).flatMap(([element, item, itemSchema]): [string, unknown][] => {
    const gone = fields[element];
    if (gone === undefined) return [[element, item]];
    if (isEmpty(gone) || '.' in gone) return [];
    return [[element, without(item, gone, itemSchema)]];
  });
  if (Array.isArray(value)) return kept.map(([, item]) => item);
  return Object.fromEntries(kept.map(([element, item]) => [element.slice(2), item]));
}

/** What server-side apply makes of a live value and the applied one. */
export function merged(live: unknown, applied: unknown, schema: Schema): unknown {
  const now = elements(applied, schema);
  const old = elements(live, schema);
  if (now === undefined || old === undefined || Array.isArray(live) !== Array.isArray(applied))
    return applied;
  const result = new Map(old.map(([element, item]) => [element, item]));
  for (const [element, item, itemSchema] of now)
    result.set(element, result.has(element) ? merged(result.get(element), item, itemSchema) : item);
  if (Array.isArray(live)) return [...result.values()];
  return Object.fromEntries([...result].map(([element, item]) => [element.slice(2), item]));
}

/** Fields as paths that people read: `.spec.list[name="a"].port`. */
export function paths(fields: FieldSet, at = ''): string[] {
  const below = Object.entries(fields).filter(([element]) => element !== '.');
  if (below.length === 0) return [at];
  return below.flatMap(([element, inner]) => paths(inner, at + pathElement(element)));
}

function pathElement(element: string): string {
  const value = element.slice(2);
  if (element.startsWith('f:')) return `.${value}`;
  if (element.startsWith('v:')) return `[=${value}]`;
  const keys = Object.entries(JSON.parse(value) as JsonObject);
  return `[${keys.map(([key, item]) => `${key}=${JSON.stringify(item)}`).join(',')}]`;
}
