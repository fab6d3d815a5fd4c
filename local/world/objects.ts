import type { Client, Resource } from '../../lib/kubernetes/client.ts';
import { AlreadyExistsError } from '../../lib/kubernetes/errors.ts';
import type { WorldNode, WorldPlan, WorldPod, WorldService } from './plan.ts';

/** Registers the world with the cluster, as kubelets and controllers would; what exists already is kept. */
export async function registerWorld(client: Client, plan: WorldPlan): Promise<void> {
  for (const { name, labels } of plan.namespaces) await registerNamespace(client, name, labels);
  for (const node of plan.nodes) await registerNode(client, node);
  for (const workload of new Set(plan.pods.map(pod => pod.workload))) {
    const pods = plan.pods.filter(pod => pod.workload === workload);
    await registerWorkload(client, pods);
  }
  for (const service of plan.services) await registerService(client, service, plan);
}

async function registerNamespace(
  client: Client,
  name: string,
  labels: Record<string, string>,
): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  await ensure(client, '/api/v1/namespaces', namespace);
  await client.patch(`/api/v1/namespaces/${name}`, 'merge', { metadata: { labels } });
}

async function registerNode(client: Client, node: WorldNode): Promise<void> {
  const labels = {
    'kubernetes.io/hostname': node.name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': arch(),
  };
  await ensure(client, '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.name, labels },
  });
  await client.patch(`/api/v1/nodes/${node.name}/status`, 'merge', {
    status: {
      addresses: [
        { type: 'InternalIP', address: node.ip },
        { type: 'Hostname', address: node.name },
      ],
      conditions: [condition('Ready')],
    },
  });
}

/** A Deployment, its ReplicaSet and their pods. */
async function registerWorkload(client: Client, pods: WorldPod[]): Promise<void> {
  const [first] = pods;
  if (!first) return;
  const { namespace, workload, labels } = first;
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  const template = { metadata: { labels }, spec: { containers: [container(first)] } };
  const spec = { replicas: pods.length, selector: { matchLabels: { app: workload } }, template };
  const metadata = { namespace, labels };
  const deployment = await ensure(client, `${apps}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, name: workload },
    spec,
  });
  const replicaSet = await ensure(client, `${apps}/replicasets`, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      ...metadata,
      name: `${workload}-${labels['pod-template-hash']}`,
      ownerReferences: [controlledBy(deployment)],
    },
    spec,
  });
  for (const pod of pods) await registerPod(client, pod, replicaSet);
}

async function registerPod(client: Client, pod: WorldPod, replicaSet: Resource): Promise<void> {
  const path = `/api/v1/namespaces/${pod.namespace}/pods`;
  await ensure(client, path, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: pod.namespace,
      name: pod.name,
      labels: pod.labels,
      ownerReferences: [controlledBy(replicaSet)],
      annotations: { 'kubernetes.io/config.mirror': 'world' }, // runs already: the kubelet leaves it alone
    },
    spec: { nodeName: pod.node, containers: [container(pod)] },
  });
  await client.patch(`${path}/${pod.name}/status`, 'merge', {
    status: {
      phase: 'Running',
      podIP: pod.ip,
      podIPs: [{ ip: pod.ip }],
      startTime: wireTime(),
      conditions: [condition('Ready')],
      containerStatuses: [
        {
          name: pod.workload,
          image: image(pod),
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: wireTime() } },
        },
      ],
    },
  });
}

async function registerService(client: Client, service: WorldService, plan: WorldPlan): Promise<void> {
  const { namespace, name, workload } = service;
  const backends = plan.pods.filter(pod => pod.workload === workload);
  await ensure(client, `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: { clusterIP: service.ip, selector: { app: workload }, ports: service.ports },
  });
  await ensure(client, `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${name}-world`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: service.ports.map(port => ({ name: port.name, protocol: port.protocol, port: port.targetPort })),
    endpoints: backends.map(pod => ({
      addresses: [pod.ip],
      conditions: { ready: true },
      nodeName: pod.node,
      targetRef: { kind: 'Pod', namespace, name: pod.name },
    })),
  });
}

/** Creates the object unless it is there. */
async function ensure<T extends Resource>(client: Client, path: string, object: T): Promise<T> {
  try {
    return await client.create(path, object);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
    return await client.get(`${path}/${object.metadata?.name}`);
  }
}

const image = (pod: WorldPod) => `serverless-capture/world/${pod.workload}`;
const container = (pod: WorldPod) => ({ name: pod.workload, image: image(pod) });
const arch = () => (process.arch === 'x64' ? 'amd64' : process.arch);
const wireTime = () => `${new Date().toISOString().slice(0, 19)}Z`; // Kubernetes writes whole seconds

function condition(type: string) {
  return { type, status: 'True', lastTransitionTime: wireTime() };
}

function controlledBy({ apiVersion = '', kind = '', metadata }: Resource) {
  return { apiVersion, kind, name: metadata?.name ?? '', uid: metadata?.uid ?? '', controller: true };
}
