import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1ConfigMap, V1Job } from '@kubernetes/client-node';
import { load } from 'js-yaml';
import { createReconciler } from '../../lib/capture/batch.ts';
import { Capture } from '../../lib/capture/resource.ts';
import type { BusEvent } from '../../lib/hints/bus.ts';
import { type Hint, hintEvent } from '../../lib/hints/hint.ts';
import { type Client, type ClientOptions, createClient } from '../../lib/kubernetes/client.ts';
import type { Clusters } from '../../lib/kubernetes/clusters.ts';
import { NotFoundError } from '../../lib/kubernetes/errors.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { createTransport } from '../../lib/kubernetes/transport.ts';
import type { ObjectHead, Objects } from '../../lib/storage/objects.ts';
import type { Report } from '../../lib/storage/report.ts';
import { startCluster } from '../../local/cluster/server.ts';
import { specOf } from '../lib/capture/fixtures.ts';
import { type FaultProxy, type Forward, startFaultProxy } from './fault-proxy.ts';

export const BUCKET = 'captures';
export const NODES = ['node-1', 'node-2', 'node-3'];

/** A bucket in memory: only what heads and snapshots need. */
export class MemoryObjects implements Objects {
  readonly bucket = BUCKET;
  readonly heads = new Map<string, Partial<ObjectHead>>();

  async head(key: string): Promise<ObjectHead | undefined> {
    const head = this.heads.get(key);
    const none = { size: 1, etag: 'e', version: undefined, crc32: undefined, sha256: undefined };
    return head && { ...none, modified: undefined, metadata: {}, ...head };
  }
  async put(key: string, body: Uint8Array | string) {
    this.heads.set(key, { size: body.length });
    return 'e';
  }
  get = () => Promise.reject(new Error('not part of this test'));
  stream = () => Promise.reject(new Error('not part of this test'));
  upload = () => Promise.reject(new Error('not part of this test'));
  delete = () => Promise.reject(new Error('not part of this test'));
  // biome-ignore lint/correctness/useYield: nothing is listed in these tests
  async *list(): AsyncIterable<never> {
    throw new Error('not part of this test');
  }
}

/** A cluster with three nodes, functions that reach it through a fault proxy, and hands to play job controller. */
export interface Stage {
  direct: Client; // past the proxy
  proxy: FaultProxy;
  objects: MemoryObjects;
  events: BusEvent[]; // what was put on the bus
  logs: string[];
  settings: { now: Date | undefined; remainingMs: number; jobLimit: number };
  /** Applies a Capture of a name of its own. */
  apply(spec: unknown, name?: string): Promise<Capture>;
  /** What the functions do for these hints, as a fresh instance; gives the ids of messages that come again. */
  wake(hints: Partial<Hint>[], options?: Partial<ClientOptions>): Promise<string[]>;
  /** Wakes for one Capture until it no longer fails. */
  settle(name: string): Promise<void>;
  capture(name: string): Promise<Capture | undefined>;
  jobs(name: string): Promise<V1Job[]>;
  /** Ends a Job as the job controller would, with what the pod reports. */
  finish(job: V1Job, type: 'Complete' | 'Failed', report?: Partial<Report> | string): Promise<void>;
  /** Makes the pod of a Job, in this state. */
  leavePod(job: V1Job, status: object): Promise<void>;
  close(): Promise<void>;
}

export const REPORT: Report = {
  version: 1,
  file: 'x.tar.gz',
  packets: 10,
  dropped: 0,
  bytes: 1000,
  sha256: 'ab',
  crc32: 'AAAAAA==',
  outputs: [],
};

let count = 0;

/** An API server to play on. */
export interface Server {
  send: Forward;
  headers?: Record<string, string>; // of the functions' requests: as whom they come
  close(): Promise<void>;
}

async function embedded(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  const cluster = await startCluster({ dataDir: folder });
  const transport = createTransport({ server: cluster.url });
  return {
    async send(method, path, body, headers = {}) {
      const { code, body: text } = await transport.send(method, path, headers, body);
      return { code, text };
    },
    async close() {
      transport.close();
      await cluster.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export async function openStage(open: () => Promise<Server> = embedded): Promise<Stage> {
  const server = await open();
  const proxy = await startFaultProxy(server.send);
  const undisturbed = await startFaultProxy(server.send);
  const direct = createClient({ server: undisturbed.url });
  const crd = load(
    readFileSync(join(import.meta.dirname, '../../deploy/crd/captures.yaml'), 'utf8'),
  ) as object;
  await direct.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  await served(direct);
  for (const name of NODES) {
    const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' };
    await direct.create(paths.nodes(), { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
  }
  const objects = new MemoryObjects();
  const events: BusEvent[] = [];
  const logs: string[] = [];
  const settings: Stage['settings'] = { now: undefined, remainingMs: 60_000, jobLimit: 0 };

  const instance = (options: Partial<ClientOptions> = {}) => {
    const client = createClient({
      server: proxy.url,
      backoffMs: 1,
      ...(server.headers && { headers: server.headers }),
      ...options,
    });
    const clusters: Clusters = { use: (_name, _remaining, work) => work(client, proxy.url) };
    const reconcile = createReconciler({
      config: {
        clusters: ['prod', 'dev'],
        hostPathBaseDir: '/var/log/retina/captures',
        indexPrefix: 'index/',
        jobLimit: settings.jobLimit,
        workloadImage: 'workload:1',
        uploadDeadlineSeconds: 600,
      },
      clusters,
      objects,
      bus: { put: async sent => void events.push(...sent) },
      log: (level, message, facts) => void logs.push(JSON.stringify({ level, message, ...facts })),
      metric: (name, value) => void logs.push(JSON.stringify({ metric: name, value })),
      clock: () => settings.now ?? new Date(),
    });
    return { reconcile, client };
  };

  const stage: Stage = {
    direct,
    proxy,
    objects,
    events,
    logs,
    settings,
    async apply(spec, name = `capture-${++count}`) {
      const object = { apiVersion: 'retina.sh/v1alpha1', kind: 'Capture', metadata: { name }, spec };
      return Capture.parse(await direct.create(paths.captures('default'), object));
    },
    async wake(hints, options) {
      const { reconcile, client } = instance(options);
      const messages = hints.map((hint, i) => {
        const { detailType, detail } = hintEvent({
          cluster: 'prod',
          namespace: 'default',
          reason: 'test',
          ...hint,
        });
        return {
          id: String(i),
          body: JSON.stringify({ source: 'serverless-capture', 'detail-type': detailType, detail }),
        };
      });
      try {
        return await reconcile(messages, () => settings.remainingMs);
      } finally {
        client.close();
      }
    },
    async settle(name) {
      for (let i = 0; i < 5; i++) if ((await stage.wake([{ name }])).length === 0) return;
      throw new Error(`${name} does not settle: ${logs.at(-1)}`);
    },
    async capture(name) {
      try {
        return Capture.parse(await direct.get(paths.captures('default', name)));
      } catch (error) {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      }
    },
    async jobs(name) {
      const { items } = await direct.list<V1Job>(paths.jobs('default'), {
        labelSelector: `capture-name=${name}`,
      });
      return items.sort((a, b) => (nodeOf(a) < nodeOf(b) ? -1 : 1));
    },
    async finish(job, type, report = {}) {
      const time = '2026-01-01T00:00:00Z';
      const path = paths.jobs('default', job.metadata?.name ?? '');
      const fresh = await direct.get<V1Job>(path);
      const condition = {
        type,
        status: 'True',
        lastTransitionTime: time,
        reason: type === 'Failed' ? 'BackoffLimitExceeded' : '',
      };
      const done = type === 'Complete' ? { succeeded: 1, completionTime: time } : { failed: 1 };
      await direct.update(`${path}/status`, {
        ...fresh,
        status: { startTime: time, conditions: [condition], ...done },
      });
      const message = typeof report === 'string' ? report : JSON.stringify({ ...REPORT, ...report });
      const terminated = { exitCode: type === 'Complete' ? 0 : 1, message };
      await stage.leavePod(fresh, {
        phase: type === 'Complete' ? 'Succeeded' : 'Failed',
        containerStatuses: [{ name: 'capture', state: { terminated } }],
      });
    },
    leavePod: (job, status) => leavePod(direct, job, status),
    async close() {
      direct.close();
      proxy.close();
      undisturbed.close();
      await server.close();
    },
  };
  return stage;
}

/** A definition takes a moment until its objects can be made. */
async function served(client: Client) {
  for (let i = 0; i < 100; i++) {
    if (
      await client.list(paths.allCaptures).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error('the API server does not serve captures');
}

export const nodeOf = (job: V1Job) => job.metadata?.annotations?.['serverless-capture/node'] ?? '';

async function leavePod(client: Client, { metadata, spec }: V1Job, status: object) {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${metadata?.name}-abcde`,
      labels: spec?.template.metadata?.labels,
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: metadata?.name, uid: metadata?.uid }],
    },
    spec: { containers: [{ name: 'capture', image: 'workload:1' }] },
  };
  const made = await client.create<object>(paths.pods('default'), pod);
  await client.update<object>(`${paths.pods('default', pod.metadata.name)}/status`, { ...made, status });
}

/** The keys under which the archives of a Capture are expected. */
export async function keysOf(stage: Stage, capture: Capture, path: string): Promise<string[]> {
  const { items } = await stage.direct.list<V1ConfigMap>(paths.configMaps('default'));
  const own = items.find(({ metadata }) => metadata?.ownerReferences?.[0]?.uid === capture.metadata.uid);
  const { startTime, targets } = JSON.parse(own?.data?.['capture.json'] ?? '');
  const time = startTime.replace(/[-:TZ]/g, '');
  return targets.map(
    ({ node }: { node: string }) => `${path}/${capture.metadata.name}-${node}-${time}UTC.tar.gz`,
  );
}

export const HOSTPATH_SPEC = specOf({});
export const S3_SPEC = specOf({ output: { s3Upload: { bucket: BUCKET, region: 'us-east-1', path: 'raw' } } });
