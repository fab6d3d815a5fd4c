/** Columns that `kubectl get` shows, and the Table that carries them. */
import { at, children, isObject, type JsonObject, type KubeObject } from './objects.ts';
import type { Resource } from './resource.ts';

export interface Column {
  name: string;
  type: string;
  format?: string;
  description?: string;
  /** Above 0: only with `-o wide`. */
  priority?: number;
  value(object: KubeObject): unknown;
}

/** How long ago, as kubectl prints it: two units at most. */
export function age(since: unknown, now = Date.now()): string {
  const then = typeof since === 'string' ? Date.parse(since) : Number.NaN;
  if (Number.isNaN(then)) return '<unknown>';
  return duration(now - then);
}

export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const pair = (large: number, unit: string, small: number, smallUnit: string) =>
    small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
  if (seconds < 120) return `${seconds}s`;
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  return days < 8 ? pair(days, 'd', hours % 24, 'h') : `${days}d`;
}

/** A column at a path of properties. */
export function field(name: string, path: string, extra: { type?: string; priority?: number } = {}): Column {
  return {
    name,
    type: extra.type ?? 'string',
    ...(extra.priority !== undefined && { priority: extra.priority }),
    value: object => at(object, ...path.split('.')),
  };
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: http://kubernetes.io/docs/user-guide/identifiers#names',
  value: object => object.metadata.name,
};

export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  value: object => age(object.metadata.creationTimestamp),
};

/** A column of a CustomResourceDefinition's `additionalPrinterColumns`. */
export function printerColumn(definition: JsonObject): Column {
  const type = String(definition.type);
  const read = jsonPath(String(definition.jsonPath));
  return {
    name: String(definition.name),
    type,
    ...(typeof definition.format === 'string' && { format: definition.format }),
    description: String(
      definition.description ??
        `Custom resource definition column (in JSONPath format): ${definition.jsonPath}`,
    ),
    ...(typeof definition.priority === 'number' && { priority: definition.priority }),
    value: object => {
      const found = read(object);
      if (found.length === 0) return type === 'date' ? '<unknown>' : null;
      if (type === 'date') return age(found[0]);
      const text = found.length === 1 ? found[0] : found.map(String).join(',');
      return type === 'string' && isObject(text) ? JSON.stringify(text) : text;
    },
  };
}

const step =
  /^(?:\.?\[\?\(@(?<filter>(?:\.[\w-]+)+)\s*==\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)')\)\]|\.?\[(?<index>-?\d+|\*)\]|\.?\['(?<quoted>[^']+)'\]|\.(?<key>(?:\\.|[^.[\\])+))/;

/** The part of JSONPath that printer columns use: names, indexes, `[*]`, and filters by equality. */
export function jsonPath(path: string): (value: unknown) => unknown[] {
  const steps: ((value: unknown) => unknown[])[] = [];
  let rest = path.startsWith('.') || path.startsWith('[') ? path : `.${path}`;
  while (rest !== '' && rest !== '.') {
    const match = step.exec(rest);
    if (match?.groups === undefined) return () => [];
    steps.push(stepOf(match.groups));
    rest = rest.slice(match[0].length);
  }
  return value =>
    steps.reduce((found, next) => found.flatMap(next), [value]).filter(item => item !== undefined);
}

function stepOf(groups: Record<string, string | undefined>): (value: unknown) => unknown[] {
  const { filter, double, single, index, quoted, key } = groups;
  if (filter !== undefined) {
    const names = filter.slice(1).split('.');
    const wanted = double ?? single;
    return value => (Array.isArray(value) ? value.filter(item => String(at(item, ...names)) === wanted) : []);
  }
  if (index === '*')
    return value => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);
  if (index !== undefined) return value => (Array.isArray(value) ? [value.at(Number(index))] : []);
  const name = quoted ?? (key ?? '').replaceAll(/\\(.)/g, '$1');
  return value => (isObject(value) ? [value[name]] : []);
}

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** A `meta.k8s.io/v1` Table of the objects. Column definitions are left out of all but the first event of a watch. */
export function table(
  resource: Resource,
  objects: KubeObject[],
  metadata: JsonObject,
  include: IncludeObject,
  withDefinitions = true,
): JsonObject {
  const definitions = resource.columns.map(({ value: _value, ...column }) => ({
    format: '',
    description: '',
    priority: 0,
    ...column,
  }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withDefinitions ? definitions : [],
    rows: objects.map(object => ({
      cells: resource.columns.map(column => column.value(object) ?? null),
      ...(include !== 'None' && { object: include === 'Object' ? object : partialMetadata(object) }),
    })),
  };
}

export function partialMetadata(object: KubeObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** A list in one cell, as the server prints it. */
export function joined(object: unknown, list: string, name: string): string {
  return children(object, list)
    .map(item => String(item[name]))
    .join(',');
}
