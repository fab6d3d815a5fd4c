/** What clients ask first: which groups, versions and resources there are. */
import type { JsonObject } from './objects.ts';
import type { Registry } from './registry.ts';
import type { Resource } from './resource.ts';
import { pathNotFound } from './status.ts';

/** The release whose behaviour is followed where releases differ. */
export const version = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0-serverless-capture',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2024-12-11T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

export function apiVersions(address: string): JsonObject {
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: address }];
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
}

export function groupList(registry: Registry): JsonObject {
  const names = [...registry.groups().keys(), 'authorization.k8s.io'].filter(name => name !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map(name => groupEntry(registry, name)) };
}

export function group(registry: Registry, name: string): JsonObject {
  if (!registry.groups().has(name) && name !== 'authorization.k8s.io') throw pathNotFound();
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(registry, name) };
}

function groupEntry(registry: Registry, name: string): JsonObject {
  const versions = (registry.groups().get(name) ?? ['v1']).map(item => ({
    groupVersion: `${name}/${item}`,
    version: item,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export function resourceList(registry: Registry, groupName: string, versionName: string): JsonObject {
  const groupVersion = groupName ? `${groupName}/${versionName}` : versionName;
  const resources = registry
    .all()
    .filter(resource => resource.group === groupName && resource.version === versionName)
    .flatMap(entries);
  if (groupVersion === 'authorization.k8s.io/v1')
    resources.push({
      name: 'selfsubjectaccessreviews',
      singularName: '',
      namespaced: false,
      kind: 'SelfSubjectAccessReview',
      verbs: ['create'],
    });
  if (resources.length === 0) throw pathNotFound();
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

function entries(resource: Resource): JsonObject[] {
  const { plural, singular, kind, namespaced, shortNames, categories } = resource;
  const part = (name: string, verbs: string[]) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind,
    verbs,
  });
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      // A namespace is deleted one at a time.
      verbs: kind === 'Namespace' ? allVerbs.filter(verb => verb !== 'deletecollection') : allVerbs,
      ...(shortNames.length > 0 && { shortNames }),
      ...(categories.length > 0 && { categories }),
    },
    ...(resource.hasStatus ? [part('status', ['get', 'patch', 'update'])] : []),
    ...(kind === 'Namespace' ? [part('finalize', ['update'])] : []),
    ...(kind === 'Pod' ? [part('log', ['get'])] : []),
  ];
}
