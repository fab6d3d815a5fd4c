const core = '/api/v1';

function namespaced(prefix: string, namespace: string, plural: string, name?: string) {
  const collection = `${prefix}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`;
}

function wide(prefix: string, plural: string, name?: string) {
  return name === undefined ? `${prefix}/${plural}` : `${prefix}/${plural}/${encodeURIComponent(name)}`;
}

/** REST paths of what we touch; without a name the collection. */
export const paths = {
  captures: (namespace: string, name?: string) =>
    namespaced('/apis/retina.sh/v1alpha1', namespace, 'captures', name),
  captureStatus: (namespace: string, name: string) => `${paths.captures(namespace, name)}/status`,
  allCaptures: '/apis/retina.sh/v1alpha1/captures',
  jobs: (namespace: string, name?: string) => namespaced('/apis/batch/v1', namespace, 'jobs', name),
  allJobs: '/apis/batch/v1/jobs',
  pods: (namespace: string, name?: string) => namespaced(core, namespace, 'pods', name),
  allPods: `${core}/pods`,
  configMaps: (namespace: string, name?: string) => namespaced(core, namespace, 'configmaps', name),
  secrets: (namespace: string, name?: string) => namespaced(core, namespace, 'secrets', name),
  persistentVolumeClaims: (namespace: string, name?: string) =>
    namespaced(core, namespace, 'persistentvolumeclaims', name),
  events: (namespace: string, name?: string) => namespaced(core, namespace, 'events', name),
  namespaces: (name?: string) => wide(core, 'namespaces', name),
  nodes: (name?: string) => wide(core, 'nodes', name),
  allServices: `${core}/services`,
  allEndpointSlices: '/apis/discovery.k8s.io/v1/endpointslices',
  allReplicaSets: '/apis/apps/v1/replicasets',
};
