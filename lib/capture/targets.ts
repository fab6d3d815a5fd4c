import type { V1Namespace, V1Node, V1Pod } from '@kubernetes/client-node';
import type { Client } from '../kubernetes/client.ts';
import { NotFoundError } from '../kubernetes/errors.ts';
import { paths } from '../kubernetes/paths.ts';
import type { CaptureTarget, Selector } from './resource.ts';
import { labelSelector } from './selectors.ts';
import { CaptureError } from './validate.ts';

/** One node to capture on. Without pod addresses the whole node is captured. */
export interface Target {
  node: string;
  hostname?: string | undefined; // value of the node's label kubernetes.io/hostname, if it has one
  podIPs: string[];
}

interface Placement {
  node: string;
  ips: string[];
}

interface NodeInfo {
  name: string;
  hostname: string | undefined;
  os: string | undefined;
}

const MANY_NAMESPACES = 10; // beyond this one list of all pods is cheaper than one list a namespace

/**
 * What the selectors of a valid target mean now: one entry a node, sorted by name. Throws CaptureError when they
 * mean nothing, or something that cannot be captured.
 */
export async function resolveTargets(
  client: Client,
  namespace: string,
  target: CaptureTarget,
): Promise<Target[]> {
  if (target.nodeSelector) {
    const nodes = await listNodes(client, labelSelector(target.nodeSelector, 'nodeSelector'));
    return toTargets(nodes, new Map(nodes.map(node => [node.name, []])));
  }
  const pods = target.podNames?.length
    ? await podsByName(client, namespace, target.podNames)
    : await podsBySelector(client, namespace, target);
  const byNode = new Map<string, string[]>();
  for (const { node, ips } of pods) byNode.set(node, [...(byNode.get(node) ?? []), ...ips]);
  return toTargets(byNode.size === 0 ? [] : await listNodes(client), byNode);
}

function toTargets(nodes: NodeInfo[], podIPs: Map<string, string[]>): Target[] {
  const known = new Map(nodes.map(node => [node.name, node]));
  const targets = [...podIPs.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, ips]) => {
      const { hostname, os } = known.get(name) ?? {};
      if (os !== undefined && os !== 'linux') {
        throw new CaptureError(
          'OtherError',
          `node ${name} runs ${os}, and only Linux nodes can be captured: add kubernetes.io/os: linux to captureTarget.nodeSelector`,
        );
      }
      return { node: name, ...(hostname && { hostname }), podIPs: [...new Set(ips)] };
    });
  if (targets.length === 0) {
    throw new CaptureError(
      'OtherError',
      'no targets are selected by node selector, pod selector, or pod names: check the labels in captureTarget, and that the pods run',
    );
  }
  return targets;
}

async function listNodes(client: Client, selector?: string): Promise<NodeInfo[]> {
  const { items } = await client.list<V1Node, NodeInfo>(
    paths.nodes(),
    { labelSelector: selector },
    ({ metadata }) => ({
      name: metadata?.name ?? '',
      hostname: metadata?.labels?.['kubernetes.io/hostname'],
      os: metadata?.labels?.['kubernetes.io/os'],
    }),
  );
  return items;
}

async function podsBySelector(
  client: Client,
  namespace: string,
  target: CaptureTarget,
): Promise<Placement[]> {
  const { namespaceSelector, podSelector } = target;
  const query = { labelSelector: podSelector && labelSelector(podSelector, 'podSelector') };
  const namespaces = namespaceSelector ? await selectNamespaces(client, namespaceSelector) : [namespace];
  if (namespaces === 'all' || namespaces.length > MANY_NAMESPACES) {
    const wanted = namespaces === 'all' ? undefined : new Set(namespaces);
    const { items } = await client.list<V1Pod, Placement | undefined>(paths.allPods, query, pod =>
      !wanted || wanted.has(pod.metadata?.namespace ?? '') ? placement(pod) : undefined,
    );
    return items.filter(item => item !== undefined);
  }
  const found: Placement[] = [];
  for (const name of namespaces) {
    const { items } = await client.list<V1Pod, Placement | undefined>(paths.pods(name), query, placement);
    found.push(...items.filter(item => item !== undefined));
  }
  return found;
}

async function selectNamespaces(client: Client, selector: Selector): Promise<string[] | 'all'> {
  const query = labelSelector(selector, 'namespaceSelector');
  if (query === undefined) return 'all';
  const { items } = await client.list<V1Namespace, string>(
    paths.namespaces(),
    { labelSelector: query },
    item => item.metadata?.name ?? '',
  );
  return items;
}

async function podsByName(client: Client, namespace: string, names: string[]): Promise<Placement[]> {
  const found: Placement[] = [];
  for (const name of new Set(names)) {
    let pod: V1Pod;
    try {
      pod = await client.get<V1Pod>(paths.pods(namespace, name));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new CaptureError(
        'OtherError',
        `failed to get pod ${name} in namespace ${namespace}: it does not exist; correct captureTarget.podNames`,
      );
    }
    const where = placement(pod);
    if (!where) {
      throw new CaptureError(
        'OtherError',
        `pod ${name} in namespace ${namespace} (${pod.status?.phase ?? 'no phase'}) has no node or address: wait until it runs`,
      );
    }
    found.push(where);
  }
  return found;
}

/** Undefined for a pod that has no packets of its own to capture: not scheduled, without address, or finished. */
function placement({ spec, status }: V1Pod): Placement | undefined {
  const ips = status?.podIPs?.flatMap(({ ip }) => ip ?? []) ?? (status?.podIP ? [status.podIP] : []);
  const finished = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return spec?.nodeName && ips.length > 0 && !finished ? { node: spec.nodeName, ips } : undefined;
}
