/** The built-in resources that the cluster serves. */
import { age, ageColumn, type Column, duration, field, joined, nameColumn } from './columns.ts';
import { customResourceStrategy } from './crds.ts';
import { jobStrategy } from './jobs.ts';
import { at, child, children, isObject, type JsonObject, type KubeObject } from './objects.ts';
import { podStrategy } from './pods.ts';
import type { Resource, Strategy } from './resource.ts';
import { objectStrategies } from './strategies.ts';

interface Definition {
  group?: string;
  version?: string;
  kind: string;
  plural?: string;
  shortNames?: string[];
  categories?: string[];
  clusterScoped?: boolean;
  hasStatus?: boolean;
  columns?: Column[];
  selectableFields?: string[];
  strategy?: Strategy;
}

const count = (value: unknown) =>
  Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0;
const computed = (name: string, value: Column['value'], type = 'string', priority = 0): Column => ({
  name,
  type,
  priority,
  value,
});

function containerStatuses(pod: KubeObject): JsonObject[] {
  return children(pod.status, 'containerStatuses');
}

/** What the STATUS column of a pod says: the phase, or why it waits or ended. */
function podStatus(pod: KubeObject): string {
  let text = String(at(pod, 'status', 'reason') ?? at(pod, 'status', 'phase') ?? '');
  for (const status of containerStatuses(pod).reverse()) {
    const reason = at(status, 'state', 'waiting', 'reason') ?? at(status, 'state', 'terminated', 'reason');
    if (typeof reason === 'string') text = reason;
  }
  return pod.metadata.deletionTimestamp === undefined ? text : 'Terminating';
}

const podColumns: Column[] = [
  nameColumn,
  computed('Ready', pod => {
    const ready = containerStatuses(pod).filter(status => status.ready === true).length;
    return `${ready}/${count(at(pod, 'spec', 'containers'))}`;
  }),
  computed('Status', podStatus),
  computed('Restarts', pod =>
    containerStatuses(pod).reduce((sum, { restartCount }) => sum + Number(restartCount ?? 0), 0),
  ),
  ageColumn,
  computed('IP', pod => at(pod, 'status', 'podIP') ?? '<none>', 'string', 1),
  computed('Node', pod => at(pod, 'spec', 'nodeName') ?? '<none>', 'string', 1),
  computed('Nominated Node', pod => at(pod, 'status', 'nominatedNodeName') ?? '<none>', 'string', 1),
  computed('Readiness Gates', () => '<none>', 'string', 1),
];

function jobDuration(job: KubeObject): string {
  const [start, end] = [at(job, 'status', 'startTime'), at(job, 'status', 'completionTime')];
  if (typeof start !== 'string') return '';
  return duration((typeof end === 'string' ? Date.parse(end) : Date.now()) - Date.parse(start));
}

const jobColumns: Column[] = [
  nameColumn,
  computed(
    'Completions',
    job => `${at(job, 'status', 'succeeded') ?? 0}/${at(job, 'spec', 'completions') ?? 1}`,
  ),
  computed('Duration', jobDuration),
  ageColumn,
  computed(
    'Containers',
    job => joined(at(job, 'spec', 'template', 'spec'), 'containers', 'name'),
    'string',
    1,
  ),
  computed('Images', job => joined(at(job, 'spec', 'template', 'spec'), 'containers', 'image'), 'string', 1),
];

function nodeStatus(node: KubeObject): string {
  const ready = children(node.status, 'conditions').find(condition => condition.type === 'Ready');
  const text = ready?.status === 'True' ? 'Ready' : ready ? 'NotReady' : 'Unknown';
  return at(node, 'spec', 'unschedulable') === true ? `${text},SchedulingDisabled` : text;
}

function nodeAddress(node: KubeObject, type: string): unknown {
  return children(node.status, 'addresses').find(address => address.type === type)?.address ?? '<none>';
}

const nodeColumns: Column[] = [
  nameColumn,
  computed('Status', nodeStatus),
  computed('Roles', () => '<none>'),
  ageColumn,
  computed('Version', node => at(node, 'status', 'nodeInfo', 'kubeletVersion') ?? ''),
  computed('Internal-IP', node => nodeAddress(node, 'InternalIP'), 'string', 1),
];

const serviceColumns: Column[] = [
  nameColumn,
  field('Type', 'spec.type'),
  computed('Cluster-IP', service => at(service, 'spec', 'clusterIP') || '<none>'),
  computed('External-IP', () => '<none>'),
  computed('Port(s)', service => {
    const ports = children(service.spec, 'ports').map(({ port, protocol }) => `${port}/${protocol}`);
    return ports.join(',') || '<none>';
  }),
  ageColumn,
];

const eventColumns: Column[] = [
  computed('Last Seen', event =>
    age(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp),
  ),
  field('Type', 'type'),
  field('Reason', 'reason'),
  computed('Object', event => {
    const { kind = '', name = '' } = child(event, 'involvedObject');
    return `${String(kind).toLowerCase()}/${name}`;
  }),
  field('Message', 'message'),
  { ...nameColumn, priority: 1 },
];

const ready = (object: KubeObject) =>
  `${at(object, 'status', 'readyReplicas') ?? 0}/${at(object, 'spec', 'replicas') ?? 0}`;
const eventFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const definitionsOfBuiltins: Definition[] = [
  {
    kind: 'Namespace',
    shortNames: ['ns'],
    clusterScoped: true,
    hasStatus: true,
    columns: [nameColumn, field('Status', 'status.phase'), ageColumn],
    selectableFields: ['status.phase'],
  },
  {
    kind: 'Node',
    shortNames: ['no'],
    clusterScoped: true,
    hasStatus: true,
    columns: nodeColumns,
    selectableFields: ['spec.unschedulable'],
  },
  {
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    hasStatus: true,
    columns: podColumns,
    selectableFields: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.podIP',
    ],
    strategy: podStrategy,
  },
  { kind: 'Service', shortNames: ['svc'], categories: ['all'], hasStatus: true, columns: serviceColumns },
  {
    kind: 'Endpoints',
    plural: 'endpoints',
    shortNames: ['ep'],
    columns: [
      nameColumn,
      computed('Endpoints', object =>
        children(object, 'subsets')
          .flatMap(subset =>
            children(subset, 'addresses').flatMap(({ ip }) =>
              children(subset, 'ports').map(({ port }) => `${ip}:${port}`),
            ),
          )
          .join(','),
      ),
      ageColumn,
    ],
  },
  {
    kind: 'Secret',
    columns: [
      nameColumn,
      field('Type', 'type'),
      computed('Data', secret => count(secret.data), 'integer'),
      ageColumn,
    ],
    selectableFields: ['type'],
  },
  {
    kind: 'ConfigMap',
    shortNames: ['cm'],
    columns: [
      nameColumn,
      computed('Data', map => count(map.data) + count(map.binaryData), 'integer'),
      ageColumn,
    ],
  },
  {
    kind: 'ServiceAccount',
    shortNames: ['sa'],
    columns: [nameColumn, computed('Secrets', account => count(account.secrets), 'integer'), ageColumn],
  },
  {
    kind: 'PersistentVolumeClaim',
    shortNames: ['pvc'],
    hasStatus: true,
    columns: [
      nameColumn,
      field('Status', 'status.phase'),
      field('Volume', 'spec.volumeName'),
      field('Capacity', 'status.capacity.storage'),
      computed(
        'Access Modes',
        claim => (at(claim, 'status', 'accessModes') as string[] | undefined)?.join(',') ?? '',
      ),
      field('StorageClass', 'spec.storageClassName'),
      ageColumn,
    ],
  },
  {
    kind: 'Event',
    shortNames: ['ev'],
    columns: eventColumns,
    selectableFields: [
      ...eventFields.map(name => `involvedObject.${name}`),
      'reason',
      'type',
      'source',
      'reportingComponent',
    ],
  },
  {
    group: 'batch',
    kind: 'Job',
    categories: ['all'],
    hasStatus: true,
    columns: jobColumns,
    selectableFields: ['status.successful'],
    strategy: jobStrategy,
  },
  {
    group: 'apps',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    categories: ['all'],
    hasStatus: true,
    columns: [
      nameColumn,
      field('Desired', 'spec.replicas', { type: 'integer' }),
      field('Current', 'status.replicas', { type: 'integer' }),
      field('Ready', 'status.readyReplicas', { type: 'integer' }),
      ageColumn,
    ],
  },
  {
    group: 'apps',
    kind: 'Deployment',
    shortNames: ['deploy'],
    categories: ['all'],
    hasStatus: true,
    columns: [
      nameColumn,
      computed('Ready', ready),
      field('Up-to-date', 'status.updatedReplicas'),
      field('Available', 'status.availableReplicas'),
      ageColumn,
    ],
  },
  {
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    columns: [
      nameColumn,
      field('AddressType', 'addressType'),
      computed('Ports', slice => joined(slice, 'ports', 'port') || '<unset>'),
      computed('Endpoints', slice =>
        children(slice, 'endpoints')
          .flatMap(({ addresses }) => (Array.isArray(addresses) ? addresses : []))
          .join(','),
      ),
      ageColumn,
    ],
  },
  {
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    clusterScoped: true,
    hasStatus: true,
    columns: [nameColumn, computed('Created At', crd => crd.metadata.creationTimestamp)],
    strategy: customResourceStrategy,
  },
];

function schemaName(group: string, kind: string): string {
  if (group === 'apiextensions.k8s.io')
    return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${kind}`;
  return `io.k8s.api.${group === '' ? 'core' : group.replace('.k8s.io', '')}.v1.${kind}`;
}

export const builtins: Resource[] = definitionsOfBuiltins.map(definition => {
  const { group = '', kind } = definition;
  const singular = kind.toLowerCase();
  return {
    group,
    version: 'v1',
    plural: definition.plural ?? `${singular}s`,
    singular,
    kind,
    listKind: `${kind}List`,
    namespaced: definition.clusterScoped !== true,
    shortNames: definition.shortNames ?? [],
    categories: definition.categories ?? [],
    schema: { $ref: `#/components/schemas/${schemaName(group, kind)}` },
    hasStatus: definition.hasStatus ?? false,
    builtin: true,
    columns: definition.columns ?? [nameColumn, ageColumn],
    selectableFields: definition.selectableFields ?? [],
    strategy: definition.strategy ?? objectStrategies[kind] ?? {},
  };
});
