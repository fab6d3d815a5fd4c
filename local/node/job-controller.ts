import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { V1Job, V1JobStatus, V1Pod } from '@kubernetes/client-node';
import type { Client } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import type { Recorder } from './events.ts';
import { expiry, type Fates, isFinished, planJob, trackPods } from './job-plan.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { controllerReference, identity, isOwnedBy, unlessGone } from './objects.ts';

/** Makes the pods of Jobs, counts how they end, and removes Jobs whose time to live is over. */
export function createJobController(client: Client, record: Recorder): KeyedQueue {
  const queue = new KeyedQueue(sync);
  const fatesOf = new Map<string, Fates>(); // by uid of the Job

  async function sync(key: string): Promise<void> {
    const [namespace, name] = key.split('/') as [string, string];
    const job = await unlessGone(client.get<V1Job>(paths.jobs(namespace, name)));
    if (!job || job.metadata?.deletionTimestamp || job.spec?.suspend) return;
    const { uid } = identity(job);
    if (isFinished(job)) {
      fatesOf.delete(uid);
      return expire(key, job);
    }

    const { items } = await client.list<V1Pod>(paths.pods(namespace), { labelSelector: `job-name=${name}` });
    const pods = items.filter(pod => isOwnedBy(pod, uid));
    const fates: Fates = fatesOf.get(uid) ?? new Map();
    trackPods(fates, pods);
    fatesOf.set(uid, fates);
    const plan = planJob(job, pods, fates, Date.now());
    for (const pod of plan.remove) await remove(job, pod);
    for (let created = 0; created < plan.create; created++) await create(job);
    const status = withoutZeros({ ...plan.status, active: (plan.status.active ?? 0) + plan.create });
    if (!isDeepStrictEqual(status, job.status)) await updateStatus({ ...job, status });
    if (plan.event) record(job, plan.event.type, plan.event.reason, plan.event.message);
    if (plan.wakeAfterMs !== undefined) queue.addAfter(key, plan.wakeAfterMs);
  }

  async function expire(key: string, job: V1Job): Promise<void> {
    const at = expiry(job);
    if (at === undefined) return;
    const { namespace, name, uid } = identity(job);
    if (at > Date.now()) queue.addAfter(key, at - Date.now());
    else
      await unlessGone(client.delete(paths.jobs(namespace, name), { uid, propagationPolicy: 'Background' }));
  }

  async function create(job: V1Job): Promise<void> {
    const { namespace, name } = identity(job);
    const template = job.spec?.template;
    const pod = await client.create<V1Pod>(paths.pods(namespace), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...template?.metadata,
        namespace,
        name: `${name.slice(0, 57)}-${suffix()}`,
        ownerReferences: [
          controllerReference({ apiVersion: 'batch/v1', kind: 'Job', metadata: job.metadata! }),
        ],
      },
      ...(template?.spec && { spec: template.spec }),
    });
    record(job, 'Normal', 'SuccessfulCreate', `Created pod: ${identity(pod).name}`);
  }

  async function remove(job: V1Job, pod: V1Pod): Promise<void> {
    const { namespace, name, uid } = identity(pod);
    await unlessGone(client.delete(paths.pods(namespace, name), { uid }));
    record(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
  }

  async function updateStatus(job: V1Job): Promise<void> {
    const { namespace, name } = identity(job);
    await unlessGone(client.update<V1Job>(`${paths.jobs(namespace, name)}/status`, job));
  }

  return queue;
}

/** As the API server stores it: a count of zero is left out. */
function withoutZeros(status: V1JobStatus): V1JobStatus {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0));
}

/** Five characters that are in no word (Kubernetes' own choice for generated names). */
function suffix(): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  return [...randomBytes(5)].map(byte => letters[byte % letters.length]).join('');
}
