/** OpenAPI v3 of what is served: kubectl explains from it, and learns which parameters and patches a kind takes. */
import { createHash } from 'node:crypto';
import { version } from './discovery.ts';
import type { JsonObject } from './objects.ts';
import type { Registry } from './registry.ts';
import type { Resource } from './resource.ts';
import { definitions, type Schema } from './schema.ts';
import { pathNotFound } from './status.ts';

function pathOf(group: string, groupVersion: string): string {
  return group === '' ? `api/${groupVersion}` : `apis/${group}/${groupVersion}`;
}

/** The index: each group and version with the address of its document, which changes when its content does. */
export function openApiIndex(registry: Registry): JsonObject {
  const paths: JsonObject = {};
  for (const [group, versions] of registry.groups())
    for (const name of versions) {
      const path = pathOf(group, name);
      const hash = createHash('sha256')
        .update(JSON.stringify(openApiDocument(registry, group, name)))
        .digest('hex');
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash.toUpperCase()}` };
    }
  return { paths };
}

/** The document of one group and version. */
export function openApiDocument(registry: Registry, group: string, groupVersion: string): JsonObject {
  const resources = registry
    .all()
    .filter(resource => resource.group === group && resource.version === groupVersion);
  if (resources.length === 0) throw pathNotFound();
  const schemas: Record<string, Schema | undefined> = {};
  const paths: JsonObject = {};
  for (const resource of resources) {
    const name = schemaName(resource);
    schemas[name] = resource.builtin
      ? definitions.get(name)
      : ({ ...resource.schema, 'x-kubernetes-group-version-kind': [kindOf(resource)] } as Schema);
    collect(schemas[name], schemas);
    Object.assign(paths, pathsOf(resource, name));
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: version.gitVersion },
    paths,
    components: { schemas },
  };
}

function kindOf({ group, version: name, kind }: Resource): JsonObject {
  return { group, version: name, kind };
}

function schemaName(resource: Resource): string {
  if (resource.builtin) return (resource.schema.$ref ?? '').slice('#/components/schemas/'.length);
  return `${resource.group.split('.').reverse().join('.')}.${resource.version}.${resource.kind}`;
}

/** Adds the definitions that a schema refers to. */
function collect(node: unknown, schemas: Record<string, Schema | undefined>): void {
  for (const [, name = ''] of JSON.stringify(node).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (name in schemas) continue;
    schemas[name] = definitions.get(name);
    collect(schemas[name], schemas);
  }
}

const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'].map(name => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
}));

function pathsOf(resource: Resource, name: string): JsonObject {
  const { group, version: groupVersion, plural, namespaced } = resource;
  const base = `/${pathOf(group, groupVersion)}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`;
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } };
  const operation = (action: string, parameters: unknown[]) => ({
    parameters,
    responses: { 200: { description: 'OK', content } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindOf(resource),
  });
  return {
    [base]: { get: operation('list', []), post: operation('post', writeParameters) },
    [`${base}/{name}`]: {
      get: operation('get', []),
      put: operation('put', writeParameters),
      patch: operation('patch', writeParameters),
      delete: operation('delete', []),
    },
  };
}
