import type { Bus } from '../hints/bus.ts';
import { type Hint, readHint } from '../hints/hint.ts';
import type { Client } from '../kubernetes/client.ts';
import type { Clusters } from '../kubernetes/clusters.ts';
import type { Objects } from '../storage/objects.ts';
import { type Result, reconcile } from './reconcile.ts';
import { listUnfinished } from './unfinished.ts';

export interface Message {
  id: string;
  body: string; // an event of the bus
}

export interface Reconciler {
  config: {
    clusters: string[];
    hostPathBaseDir: string;
    indexPrefix: string;
    jobLimit: number;
    workloadImage: string;
    uploadDeadlineSeconds: number;
  };
  clusters: Clusters;
  objects: Objects;
  bus: Bus;
  log(level: 'info' | 'warn' | 'error', message: string, facts: Record<string, unknown>): void;
  metric(name: string, value: number, unit: 'Count' | 'Milliseconds', cluster: string): void;
  clock?: () => Date;
}

interface Work {
  cluster: string;
  namespace: string;
  name?: string | undefined;
  hints: Hint[];
  messages: string[];
}

const AT_ONCE = 4;

/** Handles a batch of messages: a hundred hints at one Capture are one reconcile. Returns the ids of those that failed. */
export function createReconciler(reconciler: Reconciler) {
  return async (messages: Message[], remainingMs: () => number): Promise<string[]> => {
    const { work, unreadable } = group(messages, reconciler);
    const queue = [...work];
    const failed = [...unreadable];
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        if (!(await attempt(next, reconciler, remainingMs))) failed.push(...next.messages);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return failed;
  };
}

/** By Capture. A message that cannot be read fails alone, and ends in the dead-letter queue. */
function group(messages: Message[], { config, log }: Reconciler) {
  const byKey = new Map<string, Work>();
  const unreadable: string[] = [];
  for (const { id, body } of messages) {
    try {
      const hint = readHint(body);
      const { cluster, namespace, name } = hint;
      if (!config.clusters.includes(cluster)) throw new Error(`cluster ${cluster} is not one of ours`);
      const key = `${cluster}/${namespace}/${name ?? ''}`;
      const work = byKey.get(key) ?? { cluster, namespace, name, hints: [], messages: [] };
      work.hints.push(hint);
      work.messages.push(id);
      byKey.set(key, work);
    } catch (error) {
      log('error', 'unreadable message', { messageId: id, error: messageOf(error) });
      unreadable.push(id);
    }
  }
  return { work: byKey.values(), unreadable };
}

async function attempt(work: Work, reconciler: Reconciler, remainingMs: () => number): Promise<boolean> {
  const { cluster, namespace, name, hints } = work;
  const { log, metric, clusters, config } = reconciler;
  const started = performance.now();
  const facts = {
    cluster,
    namespace,
    name,
    hints: hints.length,
    auditIDs: hints.flatMap(h => h.auditID ?? []).slice(0, 5),
  };
  const one = async (each: string, client: Client, server: string) => {
    const effects = {
      ...reconciler,
      ...config,
      client,
      cluster,
      warn: (message: string) => log('warn', message, { ...facts, name: each }),
    };
    const settings = { ...config, cluster, server, image: config.workloadImage };
    const result = await reconcile(namespace, each, effects, settings, remainingMs, reconciler.clock);
    const ms = Math.round(performance.now() - started);
    log('info', 'reconciled', { ...facts, name: each, ...result, ms });
    if (isRepair(hints, result)) metric('SweepRepairs', 1, 'Count', cluster);
  };
  try {
    await clusters.use(cluster, remainingMs, async (client, server) => {
      const names =
        name === undefined ? (await listUnfinished(client, namespace)).map(key => key.name) : [name];
      const failures: unknown[] = [];
      for (const each of names) await one(each, client, server).catch(error => failures.push(error));
      if (failures.length > 0) throw failures[0];
    });
    return true;
  } catch (error) {
    log('error', 'not reconciled', { ...facts, error: messageOf(error) });
    return false;
  }
}

/** Only the sweep noticed it: an event was lost, or a deadline passed. */
const isRepair = (hints: Hint[], { actions }: Result) =>
  actions.length > 0 && hints.every(({ reason }) => reason === 'sweep');

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
