import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Node, V1Pod } from '@kubernetes/client-node';
import type { Client } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { ContainerError, commandOf, environmentOf, type Images } from './container.ts';
import type { Recorder } from './events.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { identity, keyOf, readTime, unlessGone, wireTime } from './objects.ts';
import { podLogFile } from './pod-logs.ts';
import { type ContainerState, podStatus } from './pod-status.ts';
import { adoptProcess, type ContainerProcess, startProcess } from './process.ts';
import { mountVolumes } from './volumes.ts';

const RETRY_MS = 2_000; // of a container that cannot be started yet
const TERMINATION_MESSAGE_BYTES = 4096;

/** A static pod, which is not run from the API (its object mirrors what runs anyway). */
const MIRROR = 'kubernetes.io/config.mirror';

export interface Node {
  name: string;
  netns?: string | undefined; // its network namespace, by name; without one the machine's own
}

export interface KubeletOptions {
  client: Client; // as system:node:<name>
  node: Node;
  dataDir: string;
  env: Readonly<Record<string, string>>; // what every container gets beside its own
  images: Images;
  record: Recorder;
}

export interface Kubelet {
  changed(pod: V1Pod): void;
  /** All pods there are: what runs for any other is ended. */
  listed(pods: readonly V1Pod[]): void;
  /** Ends every process. Pods that were running are started again by the next kubelet. */
  close(): Promise<void>;
}

/** Runs the pods of one node, each as one process. */
export function createKubelet(options: KubeletOptions): Kubelet {
  const { client, node, dataDir, env, images, record } = options;
  const folders = join(dataDir, 'kubelet', node.name);
  const folderOf = (uid: string) => join(folders, uid);
  const running = new Map<string, { uid: string; container: ContainerProcess }>(); // by key of the pod
  const terminating = new Set<string>(); // uids
  const queue = new KeyedQueue(sync);
  let closing = false;

  async function sync(key: string): Promise<void> {
    const [namespace, name] = key.split('/') as [string, string];
    const pod = await unlessGone(client.get<V1Pod>(paths.pods(namespace, name)));
    const known = running.get(key);
    if (known && pod?.metadata?.uid !== known.uid) forget(key, known.uid); // deleted by force
    if (!pod || !isOurs(pod) || closing) return;
    const container = known?.uid === pod.metadata?.uid ? known?.container : resume(key, pod);
    if (pod.metadata?.deletionTimestamp) return remove(key, pod, container);
    if (isOver(pod)) return;
    if (!container) return start(key, pod);
    if (container.exitCode !== undefined) return finish(key, pod, container.exitCode);
    if (pod.status?.phase !== 'Running') await report(pod, { kind: 'running', startedAt: wireTime() });
  }

  const isOurs = (pod: V1Pod) =>
    pod.spec?.nodeName === node.name && pod.metadata?.annotations?.[MIRROR] === undefined;

  /** What an earlier platform had started. */
  function resume(key: string, pod: V1Pod): ContainerProcess | undefined {
    const { uid } = identity(pod);
    const container = isOver(pod) ? undefined : adoptProcess(folderOf(uid));
    if (container) keep(key, uid, container);
    return container;
  }

  function keep(key: string, uid: string, container: ContainerProcess): void {
    running.set(key, { uid, container });
    void container.exited.then(() => queue.add(key));
  }

  function forget(key: string, uid: string): void {
    running.get(key)?.container.kill();
    running.delete(key);
    terminating.delete(uid);
    rmSync(folderOf(uid), { recursive: true, force: true });
  }

  async function start(key: string, pod: V1Pod): Promise<void> {
    const { uid } = identity(pod);
    const again = pod.status?.phase === 'Running'; // it was ended with the platform that ran it
    mkdirSync(folderOf(uid), { recursive: true, mode: 0o700 });
    try {
      keep(key, uid, await startContainer(pod));
    } catch (error) {
      if (!(error instanceof ContainerError)) throw error;
      record(pod, 'Warning', error.event, error.message);
      await report(pod, { kind: 'waiting', reason: error.reason, message: error.message });
      return queue.addAfter(key, RETRY_MS);
    }
    record(pod, 'Normal', 'Started', `Started container ${pod.spec!.containers[0]!.name}`);
    await report(pod, { kind: 'running', startedAt: wireTime() }, restartsOf(pod) + (again ? 1 : 0));
  }

  async function startContainer(pod: V1Pod): Promise<ContainerProcess> {
    const { uid, namespace, name } = identity(pod);
    const [container, ...others] = pod.spec!.containers;
    if (others.length > 0 || (pod.spec!.initContainers ?? []).length > 0) {
      throw new ContainerError('CreateContainerError', 'Failed', 'this platform runs one container in a pod');
    }
    const argv = commandOf(container!, images);
    const own = await environmentOf(client, pod, container!, await nodeAddress());
    const root = await mountVolumes(client, pod, {
      pod: folderOf(uid),
      node: join(dataDir, 'nodes', node.name),
      claims: join(dataDir, 'pvc'),
    });
    return startProcess(folderOf(uid), {
      argv,
      env: {
        PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
        HOSTNAME: name,
        ...env,
        ...own,
        TMPDIR: join(root, 'tmp'),
        CONTAINER_SANDBOX_MOUNT_POINT: root,
      },
      log: podLogFile(dataDir, namespace, name),
      ...(node.netns && { netns: node.netns }),
    });
  }

  async function finish(key: string, pod: V1Pod, exitCode: number): Promise<void> {
    const { uid } = identity(pod);
    const message = terminationMessage(join(folderOf(uid), 'root/dev/termination-log'));
    const startedAt = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt;
    await report(pod, {
      kind: 'terminated',
      exitCode,
      ...(message && { message }),
      ...(startedAt && { startedAt }),
    });
    forget(key, uid);
  }

  /** SIGTERM, the grace period, SIGKILL; then the pod's object may go. */
  async function remove(key: string, pod: V1Pod, container: ContainerProcess | undefined): Promise<void> {
    const { uid, namespace, name } = identity(pod);
    if (container && container.exitCode === undefined) {
      const left = (readTime(pod.metadata?.deletionTimestamp) ?? 0) - Date.now();
      if (left <= 0) container.kill();
      else if (!terminating.has(uid)) {
        terminating.add(uid);
        record(pod, 'Normal', 'Killing', `Stopping container ${pod.spec!.containers[0]!.name}`);
        container.terminate();
        queue.addAfter(key, left);
      }
      return;
    }
    if (container?.exitCode !== undefined && !isOver(pod)) await finish(key, pod, container.exitCode);
    await unlessGone(client.delete(paths.pods(namespace, name), { uid, gracePeriodSeconds: 0 }));
    forget(key, uid);
    rmSync(podLogFile(dataDir, namespace, name), { force: true });
  }

  /** The node's own address, which its pods have too: they are in its network namespace. */
  async function nodeAddress(): Promise<string> {
    const object = await unlessGone(client.get<V1Node>(paths.nodes(node.name)));
    const internal = object?.status?.addresses?.find(({ type }) => type === 'InternalIP');
    return internal?.address ?? '127.0.0.1';
  }

  async function report(pod: V1Pod, state: ContainerState, restarts = restartsOf(pod)): Promise<void> {
    const { namespace, name, uid } = identity(pod);
    const status = podStatus(pod, { state, restarts, address: await nodeAddress() });
    const body = { metadata: { uid }, status };
    await unlessGone(client.patch(`${paths.pods(namespace, name)}/status`, 'strategic', body));
  }

  return {
    changed(pod) {
      if (isOurs(pod)) queue.add(keyOf(pod));
    },
    listed(pods) {
      const uids = new Set(pods.map(pod => pod.metadata?.uid));
      for (const uid of existsSync(folders) ? readdirSync(folders) : []) {
        if (uids.has(uid)) continue;
        adoptProcess(folderOf(uid))?.kill();
        rmSync(folderOf(uid), { recursive: true, force: true });
      }
    },
    async close() {
      closing = true;
      await queue.close();
      const containers = [...running.values()].map(({ container }) => container);
      for (const container of containers) container.kill();
      await Promise.all(containers.map(container => container.exited));
    },
  };
}

export const isOver = (pod: V1Pod) => ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '');
const restartsOf = (pod: V1Pod) => pod.status?.containerStatuses?.[0]?.restartCount ?? 0;

function terminationMessage(path: string): string {
  if (!existsSync(path)) return '';
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(TERMINATION_MESSAGE_BYTES);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}
