import type { V1Job, V1Node, V1Pod } from '@kubernetes/client-node';
import { type Client, createClient } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import type { Images } from './container.ts';
import { createRecorder } from './events.ts';
import { follow } from './follow.ts';
import { createJobController } from './job-controller.ts';
import { createKubelet, isOver, type Node } from './kubelet.ts';
import { isOwnedBy, keyOf, unlessGone } from './objects.ts';
import { type LogOptions, podLogFile, readLog } from './pod-logs.ts';
import { createScheduler, isWaiting } from './scheduler.ts';

export interface NodesOptions {
  clusterUrl: string;
  dataDir: string; // keeps what is needed to find running pods after a restart
  nodes: readonly Node[];
  podEnv: Readonly<Record<string, string>>; // given to every container: what a cloud's metadata service would tell
  images: Images;
}

export interface Nodes {
  /** Output of a pod's container, for `kubectl logs`. */
  podLogs(namespace: string, name: string, container: string, options?: LogOptions): AsyncGenerator<Buffer>;
  /** Ends every process. Pods that were running are run again after the next start. */
  close(): Promise<void>;
}

/**
 * The part of Kubernetes that makes Jobs run: job controller, scheduler, and a kubelet for each node. Each
 * speaks to the API server as the user that the real one would be, so that the audit log is true to life.
 */
export function startNodes({ clusterUrl, dataDir, nodes, podEnv, images }: NodesOptions): Nodes {
  const stop = new AbortController();
  const clients: Client[] = [];
  const clientOf = (user: string, group: string) => {
    const headers = { 'Impersonate-User': user, 'Impersonate-Group': group };
    const client = createClient({ server: clusterUrl, headers });
    clients.push(client);
    return client;
  };
  const asJobs = clientOf('system:serviceaccount:kube-system:job-controller', 'system:serviceaccounts');
  const asScheduler = clientOf('system:kube-scheduler', 'system:authenticated');
  const jobs = createJobController(asJobs, createRecorder(asJobs, 'job-controller'));
  const scheduler = createScheduler(asScheduler, createRecorder(asScheduler, 'default-scheduler'));
  const kubelets = nodes.map(node => {
    const client = clientOf(`system:node:${node.name}`, 'system:nodes');
    const record = createRecorder(client, 'kubelet', node.name);
    return createKubelet({ client, node, dataDir, env: podEnv, images, record });
  });

  const waiting = new Map<string, V1Pod>(); // pods without a node
  const podChanged = (pod: V1Pod) => {
    for (const kubelet of kubelets) kubelet.changed(pod);
    const owner = pod.metadata?.ownerReferences?.find(
      ({ kind, uid }) => kind === 'Job' && isOwnedBy(pod, uid),
    );
    if (owner) jobs.add(`${pod.metadata?.namespace}/${owner.name}`);
    if (!isWaiting(pod)) waiting.delete(keyOf(pod));
    else {
      waiting.set(keyOf(pod), pod);
      scheduler.add(keyOf(pod));
    }
  };
  const podsListed = (pods: V1Pod[]) => {
    for (const kubelet of kubelets) kubelet.listed(pods);
  };
  const retryWaiting = () => {
    for (const key of waiting.keys()) scheduler.add(key);
  };
  const following = [
    follow<V1Job>(asJobs, paths.allJobs, stop.signal, job => jobs.add(keyOf(job))),
    follow<V1Pod>(asScheduler, paths.allPods, stop.signal, podChanged, podsListed),
    follow<V1Node>(asScheduler, paths.nodes(), stop.signal, retryWaiting),
  ];

  const hasEnded = async (namespace: string, name: string) => {
    const pod = await unlessGone(asScheduler.get<V1Pod>(paths.pods(namespace, name)));
    return !pod || isOver(pod);
  };
  return {
    podLogs: (namespace, name, _container, options = {}) =>
      readLog(podLogFile(dataDir, namespace, name), options, () => hasEnded(namespace, name)),
    async close() {
      stop.abort();
      await Promise.all([jobs.close(), scheduler.close(), ...kubelets.map(kubelet => kubelet.close())]);
      for (const client of clients) client.close();
      await Promise.all(following);
    },
  };
}
