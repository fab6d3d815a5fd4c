import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type {
  V1EndpointSlice,
  V1Node,
  V1OwnerReference,
  V1Pod,
  V1ReplicaSet,
  V1Service,
} from '@kubernetes/client-node';
import type { Client, Resource } from '../kubernetes/client.ts';
import { ForbiddenError, NotFoundError } from '../kubernetes/errors.ts';
import { paths } from '../kubernetes/paths.ts';
import type { Objects } from '../storage/objects.ts';
import {
  type IdentitySnapshot,
  type NodeIdentity,
  type PodIdentity,
  type ServiceIdentity,
  snapshotKey,
} from '../storage/snapshot.ts';

const compress = promisify(gzip);

/** Stores what every address of the cluster is now. One that is stored already for this moment is kept. */
export async function storeSnapshot(
  client: Client,
  objects: Objects,
  prefix: string,
  cluster: string,
  captureUid: string,
  moment: 'start' | 'end',
) {
  const snapshot = await takeSnapshot(client, cluster, new Date());
  const body = await compress(JSON.stringify(snapshot));
  await objects.put(snapshotKey(prefix, cluster, captureUid, moment), body, {
    contentType: 'application/json',
    contentEncoding: 'gzip',
    ifNoneMatch: '*',
  });
}

export async function takeSnapshot(client: Client, cluster: string, now: Date): Promise<IdentitySnapshot> {
  const workloads = await listWorkloads(client);
  const pods = await client.list<V1Pod, PodIdentity>(paths.allPods, {}, pod => podIdentity(pod, workloads));
  const endpoints = await listEndpoints(client);
  const services = await client.list<V1Service, ServiceIdentity>(paths.allServices, {}, service =>
    serviceIdentity(service, endpoints),
  );
  const nodes = await client.list<V1Node, NodeIdentity>(paths.nodes(), {}, ({ metadata, status }) => ({
    name: metadata?.name ?? '',
    ips: (status?.addresses ?? []).filter(({ type }) => type.endsWith('IP')).map(({ address }) => address),
    labels: metadata?.labels ?? {},
  }));
  return {
    version: 1,
    cluster,
    takenAt: now.toISOString(),
    pods: pods.items,
    services: services.items,
    nodes: nodes.items,
  };
}

interface Workload {
  kind: string;
  name: string;
}

/** The workload behind each ReplicaSet, by uid. */
async function listWorkloads(client: Client): Promise<Map<string, Workload>> {
  const items = await listIfServed<V1ReplicaSet, [string, Workload] | undefined>(
    client,
    paths.allReplicaSets,
    ({ metadata }) => {
      const owner = controller(metadata?.ownerReferences);
      return metadata?.uid && owner ? [metadata.uid, { kind: owner.kind, name: owner.name }] : undefined;
    },
  );
  return new Map(items.filter(item => item !== undefined));
}

/** What helps to name an address but is not needed for it: an old or narrow API server may not serve it. */
async function listIfServed<T extends Resource, R>(
  client: Client,
  path: string,
  trim: (item: T) => R,
): Promise<R[]> {
  try {
    return (await client.list<T, R>(path, {}, trim)).items;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ForbiddenError) return [];
    throw error;
  }
}

const controller = (owners: V1OwnerReference[] = []) => owners.find(owner => owner.controller) ?? owners[0];

function podIdentity({ metadata, spec, status }: V1Pod, workloads: Map<string, Workload>): PodIdentity {
  const owner = controller(metadata?.ownerReferences);
  const workload = owner ? (workloads.get(owner.uid) ?? owner) : { kind: 'Pod', name: metadata?.name ?? '' };
  const time = (value: unknown) => (value === undefined || value === null ? undefined : String(value));
  const [created, started, deleted] = [
    time(metadata?.creationTimestamp),
    time(status?.startTime),
    time(metadata?.deletionTimestamp),
  ];
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    ips: status?.podIPs?.flatMap(({ ip }) => ip ?? []) ?? (status?.podIP ? [status.podIP] : []),
    hostNetwork: spec?.hostNetwork ?? false,
    workloadKind: workload.kind,
    workloadName: workload.name,
    labels: metadata?.labels ?? {},
    ...(spec?.nodeName && { node: spec.nodeName }),
    ...(created && { created }),
    ...(started && { started }),
    ...(deleted && { deleted }),
  };
}

type Endpoint = ServiceIdentity['endpoints'][number];

/** Ready endpoints by namespace/service. */
async function listEndpoints(client: Client): Promise<Map<string, Endpoint[]>> {
  const byService = new Map<string, Endpoint[]>();
  await listIfServed<V1EndpointSlice, undefined>(
    client,

    paths.allEndpointSlices,
    ({ metadata, endpoints, ports }) => {
      const service = `${metadata?.namespace}/${metadata?.labels?.['kubernetes.io/service-name']}`;
      const found = byService.get(service) ?? [];
      for (const { addresses, conditions } of endpoints ?? []) {
        if (conditions?.ready === false) continue;
        for (const ip of addresses) for (const { port } of ports ?? []) if (port) found.push({ ip, port });
      }
      byService.set(service, found);
      return undefined;
    },
  );
  return byService;
}

function serviceIdentity(
  { metadata, spec, status }: V1Service,
  endpoints: Map<string, Endpoint[]>,
): ServiceIdentity {
  const balancers = status?.loadBalancer?.ingress?.flatMap(({ ip }) => ip ?? []) ?? [];
  const own = spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : []);
  const ips = [...own, ...(spec?.externalIPs ?? []), ...balancers].filter(ip => ip !== 'None' && ip !== '');
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    ips: [...new Set(ips)],
    ports: (spec?.ports ?? []).map(({ port, protocol, name }) => ({
      port,
      protocol: protocol ?? 'TCP',
      ...(name && { name }),
    })),
    endpoints: endpoints.get(`${metadata?.namespace}/${metadata?.name}`) ?? [],
  };
}
