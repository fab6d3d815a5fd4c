/**
 * Writes local/cluster/schemas.ndjson: the OpenAPI definitions of the built-in kinds that the embedded cluster serves,
 * one definition a line, cut from the /openapi/v2 document of a real kube-apiserver (Kubernetes, Apache-2.0).
 *
 *   kubectl get --raw /openapi/v2 > openapi.json && node scripts/cluster-schemas.ts openapi.json
 */
import { readFileSync, writeFileSync } from 'node:fs';

type Definition = { [key: string]: unknown };

const roots = [
  ...['Namespace', 'Node', 'Pod', 'Service', 'Endpoints', 'Secret', 'ConfigMap', 'ServiceAccount'].map(
    kind => `io.k8s.api.core.v1.${kind}`,
  ),
  'io.k8s.api.core.v1.PersistentVolumeClaim',
  'io.k8s.api.core.v1.Event',
  'io.k8s.api.batch.v1.Job',
  'io.k8s.api.apps.v1.ReplicaSet',
  'io.k8s.api.apps.v1.Deployment',
  'io.k8s.api.discovery.v1beta1.EndpointSlice',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
];

/** Calls `visit` with each `$ref` below `node`; a property that is itself named "$ref" holds an object and is passed over. */
function eachReference(node: unknown, visit: (name: string) => void): void {
  if (Array.isArray(node)) for (const item of node) eachReference(item, visit);
  else if (typeof node === 'object' && node !== null)
    for (const [key, value] of Object.entries(node))
      if (key === '$ref' && typeof value === 'string') visit(value.slice('#/definitions/'.length));
      else eachReference(value, visit);
}

/** Keeps the first sentence of each description and points references to where OpenAPI v3 has them. */
function shorten(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(shorten);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key === 'description' && typeof value === 'string') return [key, value.split(/(?<=\.)\s/)[0]];
      if (key === '$ref' && typeof value === 'string')
        return [key, value.replace('#/definitions/', '#/components/schemas/')];
      return [key, shorten(value)];
    }),
  );
}

const int32 = { type: 'integer', format: 'int32' };
const tcp = { protocol: { type: 'string', default: 'TCP' } };

/** Fields that clients of today send and this server's release did not have yet, and defaults that key a list. */
const later: Record<string, Definition> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry': { subresource: { type: 'string' } },
  'io.k8s.api.core.v1.ContainerPort': tcp,
  'io.k8s.api.core.v1.ServicePort': tcp,
  'io.k8s.api.core.v1.PodSpec': { hostUsers: { type: 'boolean' }, os: { type: 'object' } },
  'io.k8s.api.core.v1.PodStatus': {
    hostIPs: { type: 'array', items: { type: 'object', properties: { ip: { type: 'string' } } } },
  },
  'io.k8s.api.batch.v1.JobSpec': {
    suspend: { type: 'boolean' },
    completionMode: { type: 'string' },
    podReplacementPolicy: { type: 'string' },
    podFailurePolicy: { type: 'object' },
  },
  'io.k8s.api.batch.v1.JobStatus': {
    ready: int32,
    terminating: int32,
    uncountedTerminatedPods: { type: 'object' },
  },
};

/** What servers of today declare and this one does not. */
function complete(name: string, definition: Definition): Definition {
  // A quantity may also be written as a number.
  if (name.endsWith('.resource.Quantity')) return { ...definition, format: 'quantity' };
  const added = later[name];
  if (added === undefined) return definition;
  const properties = { ...(definition.properties as { [key: string]: Definition }) };
  for (const [key, schema] of Object.entries(added))
    properties[key] = { ...properties[key], ...(schema as Definition) };
  return { ...definition, properties };
}

/** discovery.k8s.io/v1 differs from v1beta1 in the place of the node name and zone, and in one renamed field. */
function toDiscoveryV1(name: string, definition: Definition): Definition {
  if (!name.endsWith('discovery.v1beta1.Endpoint')) return definition;
  const { topology, ...properties } = definition.properties as Definition;
  return {
    ...definition,
    properties: {
      ...properties,
      deprecatedTopology: topology,
      nodeName: {
        type: 'string',
        description: 'nodeName represents the name of the Node hosting this endpoint.',
      },
      zone: { type: 'string', description: 'zone is the name of the Zone this endpoint exists in.' },
    },
  };
}

const source = process.argv[2];
if (source === undefined) throw new Error('usage: node scripts/cluster-schemas.ts OPENAPI_V2_JSON');
const definitions = (JSON.parse(readFileSync(source, 'utf8')) as { definitions: Record<string, Definition> })
  .definitions;

const kept = new Set<string>();
function keep(name: string): void {
  if (kept.has(name)) return;
  kept.add(name);
  eachReference(definitions[name], keep);
}
for (const root of roots) keep(root);

const lines = [...kept].sort().map(name => {
  const definition = shorten(toDiscoveryV1(name, complete(name, definitions[name]!))) as Definition;
  return JSON.stringify({ name, definition }).replaceAll('discovery.v1beta1', 'discovery.v1');
});
writeFileSync(
  new URL('../local/cluster/schemas.ndjson', import.meta.url),
  `${lines.join('\n').replaceAll('"group":"discovery.k8s.io","kind":"EndpointSlice","version":"v1beta1"', '"group":"discovery.k8s.io","kind":"EndpointSlice","version":"v1"')}\n`,
);
