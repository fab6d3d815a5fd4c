/**
 * Structural schemas: OpenAPI with the `x-kubernetes-*` extensions, as CustomResourceDefinitions and the built-in kinds
 * have them. `clean` decodes (prunes, sets defaults), `validate` finds what breaks a rule.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import { readFileSync } from 'node:fs';
import { isObject } from './objects.ts';
import { type Cause, cause } from './status.ts';

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  enum?: unknown[];
  default?: unknown;
  nullable?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
}

const prefix = '#/components/schemas/';

/** Definitions of the built-in kinds by name; see scripts/cluster-schemas.ts for where they come from. */
export const definitions: ReadonlyMap<string, Schema> = new Map(
  readFileSync(new URL('./schemas.ndjson', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { name: string; definition: Schema })
    .map(({ name, definition }) => [name, definition]),
);

export const objectMetaSchema: Schema = { $ref: `${prefix}io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta` };

/** The schema behind a reference, with what stands beside the reference. */
export function resolve(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  const target = definitions.get($ref.slice(prefix.length));
  if (target === undefined) throw new Error(`no definition for ${$ref}`);
  return { ...resolve(target), ...beside };
}

export function isIntOrString(schema: Schema): boolean {
  return schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string';
}

/** Whether fields that the schema does not name are kept: said so, or an object (or nothing at all) that names none. */
function keepsUnknown(schema: Schema): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] || schema['x-kubernetes-embedded-resource']) return true;
  return (
    schema.properties === undefined && schema.additionalProperties === undefined && schema.type !== 'array'
  );
}

/** The schema of one property: named, or of any name. */
export function propertySchema(schema: Schema, key: string): Schema | undefined {
  const named = schema.properties?.[key];
  if (named !== undefined) return resolve(named);
  if (isObject(schema.additionalProperties)) return resolve(schema.additionalProperties as Schema);
  return undefined;
}

export interface CleanOptions {
  /** The path of each field that was dropped. */
  onUnknown?: (path: string) => void;
  /** A custom object keeps unknown fields only where its schema says so; a built-in one where its type is free-form. */
  structural: boolean;
}

/** The value without unknown fields and with defaults set; the input is not changed. */
export function clean(value: unknown, schemaOrRef: Schema, options: CleanOptions, path = ''): unknown {
  const schema = resolve(schemaOrRef);
  if (Array.isArray(value)) {
    const items = schema.items;
    return items ? value.map((item, index) => clean(item, items, options, `${path}[${index}]`)) : value;
  }
  if (typeof value === 'number' && schema.format === 'quantity') return String(value);
  if (!isObject(value)) return value;
  const keeps = options.structural
    ? schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties === true
    : keepsUnknown(schema);
  const cleaned: { [key: string]: unknown } = {};
  for (const [key, item] of Object.entries(value)) {
    const here = path ? `${path}.${key}` : key;
    const known = propertySchema(schema, key) ?? embeddedField(schema, key);
    if (known !== undefined) {
      // A null where null is not allowed stands for "not set", and takes the default.
      if (item === null && !known.nullable && (known.default !== undefined || !options.structural)) continue;
      // Typed kinds have no empty lists and maps ("omitempty" in their Go types).
      if (!options.structural && isEmptyCollection(item, known) && !schema.required?.includes(key)) continue;
      cleaned[key] = clean(item, known, options, here);
    } else if (keeps) cleaned[key] = item;
    else options.onUnknown?.(here);
  }
  for (const [key, property] of Object.entries(schema.properties ?? {}))
    if (cleaned[key] === undefined && property.default !== undefined)
      cleaned[key] = clean(
        structuredClone(property.default),
        property,
        options,
        path ? `${path}.${key}` : key,
      );
  return cleaned;
}

function isEmptyCollection(value: unknown, schema: Schema): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && schema.additionalProperties !== undefined && Object.keys(value).length === 0;
}

function embeddedField(schema: Schema, key: string): Schema | undefined {
  if (!schema['x-kubernetes-embedded-resource']) return undefined;
  if (key === 'metadata') return resolve(objectMetaSchema);
  return key === 'kind' || key === 'apiVersion' ? { type: 'string' } : undefined;
}

/** JSON's own name of a value's type, with integers told apart. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

export function hasType(value: unknown, schema: Schema): boolean {
  const actual = typeOf(value);
  if (isIntOrString(schema)) return actual === 'integer' || actual === 'string';
  if (schema.type === undefined || actual === schema.type) return true;
  if (schema.format === 'quantity' && typeof value === 'number') return true;
  return schema.type === 'number' && actual === 'integer';
}

/** Every rule of the schema that the value breaks, worded as kube-apiserver does. */
export function validate(value: unknown, schemaOrRef: Schema, path: string): Cause[] {
  const schema = resolve(schemaOrRef);
  if (value === null && schema.nullable) return [];
  if (!hasType(value, schema)) {
    const wanted = isIntOrString(schema) ? 'integer,string' : schema.type;
    const detail = `${path} in body must be of type ${wanted}: ${JSON.stringify(typeOf(value))}`;
    return [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(typeOf(value))}: ${detail}`,
        field: path,
      },
    ];
  }
  const causes: Cause[] = [];
  if (typeof value === 'string') validateString(value, schema, path, causes);
  else if (typeof value === 'number') validateNumber(value, schema, path, causes);
  else if (Array.isArray(value)) validateArray(value, schema, path, causes);
  else if (isObject(value)) validateObject(value, schema, path, causes);
  if (schema.enum && !schema.enum.some(allowed => JSON.stringify(allowed) === JSON.stringify(value)))
    causes.push(cause.notSupported(path, value, schema.enum));
  validateCombined(value, schema, path, causes);
  return causes;
}

/** Compiled once: patterns of CRDs are few and used for every write. */
const patterns = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = new RegExp(pattern, 'u');
    patterns.set(pattern, compiled);
  }
  return compiled.test(text);
}

const formats: Record<string, (text: string) => boolean> = {
  'date-time': text => /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text),
  date: text => /^\d{4}-\d\d-\d\d$/.test(text),
  // A Go duration; "30s", "1h15m", also the "2 days" of scala durations, which the server takes too.
  duration: text => /^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h|d|w))+$|^0$|^\d+ ?[a-z]+$/.test(text),
  uuid: text => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text),
  byte: text => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
};

function validateString(value: string, schema: Schema, path: string, causes: Cause[]): void {
  const length = [...value].length;
  if (schema.maxLength !== undefined && length > schema.maxLength)
    causes.push(
      cause.invalid(path, value, `${path} in body should be at most ${schema.maxLength} chars long`),
    );
  if (schema.minLength !== undefined && length < schema.minLength)
    causes.push(
      cause.invalid(path, value, `${path} in body should be at least ${schema.minLength} chars long`),
    );
  if (schema.pattern !== undefined && !matches(schema.pattern, value))
    causes.push(cause.invalid(path, value, `${path} in body should match '${schema.pattern}'`));
  const check = schema.format === undefined ? undefined : formats[schema.format];
  if (check !== undefined && !check(value))
    causes.push(
      cause.invalid(
        path,
        value,
        `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`,
      ),
    );
}

function validateNumber(value: number, schema: Schema, path: string, causes: Cause[]): void {
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    const bound = schema.exclusiveMinimum ? 'greater than' : 'greater than or equal to';
    causes.push(cause.invalid(path, value, `${path} in body should be ${bound} ${minimum}`));
  }
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    const bound = schema.exclusiveMaximum ? 'less than' : 'less than or equal to';
    causes.push(cause.invalid(path, value, `${path} in body should be ${bound} ${maximum}`));
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
    causes.push(cause.invalid(path, value, `${path} in body should be a multiple of ${multipleOf}`));
}

function validateArray(value: unknown[], schema: Schema, path: string, causes: Cause[]): void {
  if (schema.minItems !== undefined && value.length < schema.minItems)
    causes.push(
      cause.invalid(path, value.length, `${path} in body should have at least ${schema.minItems} items`),
    );
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    causes.push(
      cause.invalid(path, value.length, `${path} in body should have at most ${schema.maxItems} items`),
    );
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const here = `${path}[${index}]`;
    if (schema.items) causes.push(...validate(item, schema.items, here));
    const key = listKey(item, schema);
    if (key !== undefined && seen.has(JSON.stringify(key))) causes.push(cause.duplicate(here, key));
    seen.add(JSON.stringify(key));
  }
}

/** What tells the items of a set or a map-like list apart; undefined where duplicates are allowed. */
function listKey(item: unknown, schema: Schema): unknown {
  if (schema['x-kubernetes-list-type'] === 'set' || schema.uniqueItems) return item;
  if (schema['x-kubernetes-list-type'] !== 'map' || !isObject(item)) return undefined;
  return Object.fromEntries((schema['x-kubernetes-list-map-keys'] ?? []).map(key => [key, item[key]]));
}

function validateObject(
  value: { [key: string]: unknown },
  schema: Schema,
  path: string,
  causes: Cause[],
): void {
  const within = (key: string) => (path ? `${path}.${key}` : key);
  for (const key of schema.required ?? [])
    if (value[key] === undefined) causes.push(cause.required(within(key)));
  const count = Object.keys(value).length;
  if (schema.minProperties !== undefined && count < schema.minProperties)
    causes.push(
      cause.invalid(path, count, `${path} in body should have at least ${schema.minProperties} properties`),
    );
  if (schema.maxProperties !== undefined && count > schema.maxProperties)
    causes.push(
      cause.invalid(path, count, `${path} in body should have at most ${schema.maxProperties} properties`),
    );
  for (const [key, item] of Object.entries(value)) {
    const known = propertySchema(schema, key);
    if (known !== undefined && item !== undefined) causes.push(...validate(item, known, within(key)));
  }
}

function validateCombined(value: unknown, schema: Schema, path: string, causes: Cause[]): void {
  const holds = (option: Schema) => validate(value, option, path).length === 0;
  for (const option of schema.allOf ?? []) causes.push(...validate(value, option, path));
  const fail = (text: string) => causes.push(cause.invalid(path, typeOf(value), `${path} in body ${text}`));
  if (schema.anyOf && !isIntOrString(schema) && !schema.anyOf.some(holds))
    fail('must validate at least one schema (anyOf)');
  if (schema.oneOf && schema.oneOf.filter(holds).length !== 1)
    fail('must validate one and only one schema (oneOf)');
  if (schema.not && holds(schema.not)) fail('must not validate the schema (not)');
}
