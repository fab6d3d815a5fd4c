/** Defaults and rules of the simpler built-in kinds. Pods, Jobs and CustomResourceDefinitions have files of their own. */

import { dnsLabel, dnsSubdomain } from './names.ts';
import { at, child, children, isObject, type KubeObject } from './objects.ts';
import { defaultPodSpec, setDefault, sorted, validatePodSpec } from './pods.ts';
import type { Strategy } from './resource.ts';
import { type Cause, cause } from './status.ts';
import type { Store } from './store.ts';

const named: Strategy = { validate: object => dnsSubdomain(object.metadata.name, 'metadata.name') };

const namespace: Strategy = {
  create(object) {
    object.spec = { finalizers: ['kubernetes'] };
    object.status = { phase: 'Active' };
    child(object.metadata, 'labels')['kubernetes.io/metadata.name'] = object.metadata.name;
  },
  update(object, previous) {
    object.spec = previous.spec;
  },
  validate: object => dnsLabel(object.metadata.name, 'metadata.name'),
};

/** A Secret or ConfigMap with `immutable: true` keeps its data and stays immutable. */
function immutableData(object: KubeObject, previous: KubeObject): Cause[] {
  if (previous.immutable !== true) return [];
  const causes: Cause[] = [];
  const text = 'field is immutable when `immutable` is set';
  if (object.immutable !== true) causes.push(cause.forbidden('immutable', text));
  for (const key of ['data', 'binaryData'])
    if (JSON.stringify(sorted(object[key])) !== JSON.stringify(sorted(previous[key])))
      causes.push(cause.forbidden(key, text));
  return causes;
}

function dataKeys(object: KubeObject, key: string): Cause[] {
  return Object.keys(isObject(object[key]) ? object[key] : {})
    .filter(name => !/^[-._a-zA-Z0-9]{1,253}$/.test(name) || name === '.' || name === '..')
    .map(name =>
      cause.invalid(
        `${key}[${name}]`,
        name,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
}

const secret: Strategy = {
  default(object) {
    if (isObject(object.stringData)) {
      const data = child(object, 'data');
      for (const [key, value] of Object.entries(object.stringData))
        data[key] = Buffer.from(String(value)).toString('base64');
      delete object.stringData;
    }
    setDefault(object, 'type', 'Opaque');
  },
  validate: object => [...dnsSubdomain(object.metadata.name, 'metadata.name'), ...dataKeys(object, 'data')],
  validateUpdate: (object, previous) => [
    ...(object.type === previous.type ? [] : [cause.invalid('type', object.type, 'field is immutable')]),
    ...immutableData(object, previous),
  ],
};

const configMap: Strategy = {
  validate: object => [
    ...dnsSubdomain(object.metadata.name, 'metadata.name'),
    ...dataKeys(object, 'data'),
    ...dataKeys(object, 'binaryData'),
  ],
  validateUpdate: immutableData,
};

/** The first free address of the service network, 10.96.0.0/16. */
function freeClusterIp(store: Store): string {
  const taken = new Set(store.list('/services').map(service => at(service, 'spec', 'clusterIP')));
  for (let number = 10; number < 65_000; number++) {
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new RangeError('no address is free in 10.96.0.0/16');
}

const service: Strategy = {
  default(object) {
    const spec = child(object, 'spec');
    setDefault(spec, 'type', 'ClusterIP');
    setDefault(spec, 'sessionAffinity', 'None');
    for (const port of children(spec, 'ports')) {
      setDefault(port, 'protocol', 'TCP');
      setDefault(port, 'targetPort', port.port);
    }
  },
  create(object, store) {
    const spec = child(object, 'spec');
    if (spec.type !== 'ExternalName') setDefault(spec, 'clusterIP', freeClusterIp(store));
    if (spec.clusterIP !== undefined) spec.clusterIPs = [spec.clusterIP];
    object.status = { loadBalancer: {} };
  },
  update(object, previous) {
    const spec = child(object, 'spec');
    for (const key of ['clusterIP', 'clusterIPs']) setDefault(spec, key, at(previous, 'spec', key));
  },
  validate(object) {
    const causes = dnsLabel(object.metadata.name, 'metadata.name');
    const headless = at(object, 'spec', 'clusterIP') === 'None';
    if (
      children(object.spec, 'ports').length === 0 &&
      !headless &&
      at(object, 'spec', 'type') !== 'ExternalName'
    )
      causes.push(cause.required('spec.ports'));
    return causes;
  },
  validateUpdate(object, previous) {
    const [now, before] = [at(object, 'spec', 'clusterIP'), at(previous, 'spec', 'clusterIP')];
    return now === before ? [] : [cause.invalid('spec.clusterIPs[0]', [now], 'may not change once set')];
  },
};

const claim: Strategy = {
  default: object => setDefault(child(object, 'spec'), 'volumeMode', 'Filesystem'),
  create(object) {
    object.status = { phase: 'Pending' };
  },
  validate(object) {
    const causes = dnsSubdomain(object.metadata.name, 'metadata.name');
    const modes = at(object, 'spec', 'accessModes');
    if (!Array.isArray(modes) || modes.length === 0)
      causes.push(cause.required('spec.accessModes', 'at least 1 access mode is required'));
    if (at(object, 'spec', 'resources', 'requests', 'storage') === undefined)
      causes.push(cause.required('spec.resources[storage]'));
    return causes;
  },
};

const event: Strategy = {
  ...named,
  default(object) {
    setDefault(object, 'source', {});
    for (const key of ['firstTimestamp', 'lastTimestamp', 'eventTime']) setDefault(object, key, null);
    for (const key of ['reportingComponent', 'reportingInstance']) setDefault(object, key, '');
  },
};

/** Deployments and ReplicaSets: kept as they are; nothing here makes their pods. */
const workload: Strategy = {
  default(object) {
    const spec = child(object, 'spec');
    setDefault(spec, 'replicas', 1);
    const template = child(spec, 'template');
    child(template, 'metadata');
    defaultPodSpec(child(template, 'spec'));
    if (object.kind !== 'Deployment') return;
    setDefault(spec, 'strategy', {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
    });
    setDefault(spec, 'revisionHistoryLimit', 10);
    setDefault(spec, 'progressDeadlineSeconds', 600);
  },
  create(object) {
    object.status = object.kind === 'Deployment' ? {} : { replicas: 0 };
  },
  validate(object) {
    const template = child(child(object, 'spec'), 'template');
    return [
      ...dnsSubdomain(object.metadata.name, 'metadata.name'),
      ...validatePodSpec(child(template, 'spec'), 'spec.template.spec', ['Always']),
    ];
  },
};

export const objectStrategies: Record<string, Strategy> = {
  Namespace: namespace,
  Node: named,
  Secret: secret,
  ConfigMap: configMap,
  Service: service,
  Endpoints: named,
  EndpointSlice: named,
  ServiceAccount: named,
  PersistentVolumeClaim: claim,
  Event: event,
  Deployment: workload,
  ReplicaSet: workload,
};
