import type { V1Node, V1NodeSelectorRequirement, V1NodeSelectorTerm, V1Pod } from '@kubernetes/client-node';
import type { Client } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import type { Recorder } from './events.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { identity, unlessGone, wireTime } from './objects.ts';

/** Gives each pod a node that its selector and its required affinity allow: the first by name. */
export function createScheduler(client: Client, record: Recorder): KeyedQueue {
  return new KeyedQueue(async key => {
    const [namespace, name] = key.split('/') as [string, string];
    const pod = await unlessGone(client.get<V1Pod>(paths.pods(namespace, name)));
    if (!pod || !isWaiting(pod)) return;
    const { items: nodes } = await client.list<V1Node>(paths.nodes());
    const node = nodes.filter(candidate => fits(pod, candidate)).sort(byName)[0];
    if (node) await bind(pod, identity(node).name);
    else
      await refuse(
        pod,
        `0/${nodes.length} nodes are available: ${nodes.length} node(s) didn't match Pod's node affinity/selector.`,
      );
  });

  async function bind(pod: V1Pod, node: string): Promise<void> {
    const { namespace, name, uid } = identity(pod);
    await unlessGone(
      client.create(`${paths.pods(namespace, name)}/binding`, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { namespace, name, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      } as V1Pod),
    );
    record(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
  }

  async function refuse(pod: V1Pod, message: string): Promise<void> {
    record(pod, 'Warning', 'FailedScheduling', message);
    const { namespace, name } = identity(pod);
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime: wireTime(),
    };
    if (pod.status?.conditions?.some(known => known.type === 'PodScheduled' && known.message === message))
      return;
    await unlessGone(
      client.patch(`${paths.pods(namespace, name)}/status`, 'strategic', {
        status: { conditions: [condition] },
      }),
    );
  }
}

export function isWaiting(pod: V1Pod): boolean {
  return !pod.spec?.nodeName && !pod.metadata?.deletionTimestamp && pod.status?.phase === 'Pending';
}

const byName = (a: V1Node, b: V1Node) => (identity(a).name < identity(b).name ? -1 : 1);

export function fits(pod: V1Pod, node: V1Node): boolean {
  const labels = node.metadata?.labels ?? {};
  const selected = Object.entries(pod.spec?.nodeSelector ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return selected && (!required || required.nodeSelectorTerms.some(term => matches(term, node)));
}

/** A term without requirements matches nothing (NodeSelectorTerm). */
function matches({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm, node: V1Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = node.metadata?.labels ?? {};
  const fields = { 'metadata.name': identity(node).name };
  return (
    matchExpressions.every(requirement => holds(requirement, labels)) &&
    matchFields.every(requirement => holds(requirement, fields))
  );
}

function holds(
  { key, operator, values = [] }: V1NodeSelectorRequirement,
  labels: Record<string, string>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
