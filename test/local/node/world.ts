import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { V1Container, V1Job, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { type Client, createClient, type Resource } from '../../../lib/kubernetes/client.ts';
import { paths } from '../../../lib/kubernetes/paths.ts';
import type { AuditEvent } from '../../../local/cluster/server.ts';
import { startCluster } from '../../../local/cluster/server.ts';
import { captureImages } from '../../../local/node/images.ts';
import type { Node } from '../../../local/node/kubelet.ts';
import { startNodes } from '../../../local/node/start.ts';

export const NAMESPACE = 'default';

/** A cluster with one node, whose image `host` stands for any command of this machine. */
export async function startWorld(nodes: Node[] = [{ name: 'node-1' }]) {
  const dataDir = mkdtempSync(join(tmpdir(), 'nodes-'));
  const audit: AuditEvent[] = [];
  const cluster = await startCluster({ dataDir, onAudit: event => audit.push(event) });
  const client = createClient({ server: cluster.url });
  for (const { name } of nodes) await createNode(client, name);
  const running = startNodes({
    clusterUrl: cluster.url,
    dataDir,
    nodes,
    podEnv: { AWS_REGION: 'eu-west-1' },
    images: { host: [], ...captureImages },
  });
  return {
    dataDir,
    client,
    audit,
    podLogs: running.podLogs,
    async close() {
      await running.close();
      client.close();
      await cluster.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function createNode(client: Client, name: string) {
  return client.create(paths.nodes(), {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  });
}

interface JobOptions {
  name?: string;
  spec?: object; // of the Job
  pod?: Partial<V1PodSpec>;
  container?: Partial<V1Container>;
}

/** A Job of one pod that runs `command`. */
export function createJob(client: Client, command: string[], options: JobOptions = {}): Promise<V1Job> {
  const { name = 'job', spec, pod, container } = options;
  return client.create<V1Job>(paths.jobs(NAMESPACE), {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      backoffLimit: 0,
      ...spec,
      template: {
        spec: {
          restartPolicy: 'Never',
          ...pod,
          containers: [{ name: 'main', image: 'host', command, ...container }],
        },
      },
    },
  });
}

export const getJob = (client: Client, name = 'job') => client.get<V1Job>(paths.jobs(NAMESPACE, name));

export async function podsOf(client: Client, job = 'job'): Promise<V1Pod[]> {
  return (await client.list<V1Pod>(paths.pods(NAMESPACE), { labelSelector: `job-name=${job}` })).items;
}

export async function eventsOf(client: Client, name: string): Promise<string[]> {
  const { items } = await client.list<Resource & { reason?: string; involvedObject?: { name?: string } }>(
    paths.events(NAMESPACE),
  );
  return items.filter(event => event.involvedObject?.name === name).map(event => event.reason ?? '');
}

/** Asks until there is an answer that is as wanted. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
): Promise<T> {
  let answer: T | undefined;
  for (let waited = 0; waited < 15_000; waited += 50) {
    answer = await ask();
    if (wanted(answer)) return answer;
    await setTimeout(50);
  }
  throw new Error(`${what} did not happen: ${JSON.stringify(answer)}`);
}

export const condition = (job: V1Job) => job.status?.conditions?.find(({ status }) => status === 'True');

export function finishedJob(client: Client, name = 'job'): Promise<V1Job> {
  return eventually(
    'the end of the Job',
    () => getJob(client, name),
    job => condition(job) !== undefined,
  );
}

export async function podInPhase(client: Client, phase: string, job = 'job'): Promise<V1Pod> {
  const [pod] = await eventually(
    `a ${phase} pod`,
    () => podsOf(client, job),
    ([first]) => first?.status?.phase === phase,
  );
  return pod!;
}
