import type { V1Job, V1JobCondition, V1JobStatus, V1Pod } from '@kubernetes/client-node';
import { readTime, wireTime } from './objects.ts';

export interface JobPlan {
  status: V1JobStatus; // without `active` pods that are yet to be made
  create: number; // pods to make
  remove: V1Pod[]; // pods that must not go on
  event?: { type: 'Normal' | 'Warning'; reason: string; message: string };
  wakeAfterMs?: number; // nothing else may happen before the deadline
}

/** What became of each pod of a Job, by uid; also of those that are no longer there. */
export type Fates = Map<string, 'active' | 'succeeded' | 'failed'>;

/** Brings `fates` up to date; a pod that is deleted, or that vanished while it was active, has failed. */
export function trackPods(fates: Fates, pods: readonly V1Pod[]): void {
  for (const [uid, fate] of fates) if (fate === 'active') fates.set(uid, 'failed');
  for (const pod of pods) {
    const succeeded = pod.status?.phase === 'Succeeded';
    fates.set(pod.metadata?.uid ?? '', succeeded ? 'succeeded' : isActive(pod) ? 'active' : 'failed');
  }
}

/**
 * What a Job controller does for a Job with these pods.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export function planJob(job: V1Job, pods: readonly V1Pod[], fates: Fates, now: number): JobPlan {
  const { completions = 1, parallelism = 1, backoffLimit = 6, activeDeadlineSeconds } = job.spec ?? {};
  const before = job.status ?? {};
  const startTime = before.startTime ?? wireTime(now);
  const active = pods.filter(isActive);
  const count = countPods(before, fates);
  const status: V1JobStatus = { ...before, ...count, startTime };
  const deadline = (readTime(startTime) ?? now) + (activeDeadlineSeconds ?? Infinity) * 1000;

  if (count.failed > backoffLimit) {
    return failed(status, active, now, 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  if (count.succeeded >= completions) {
    return {
      status: { ...status, conditions: finished(status, 'Complete', now), completionTime: wireTime(now) },
      create: 0,
      remove: active,
      event: { type: 'Normal', reason: 'Completed', message: 'Job completed' },
    };
  }
  if (now >= deadline) {
    return failed(status, active, now, 'DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  const wanted = Math.min(parallelism, completions - count.succeeded);
  return {
    status,
    create: Math.max(0, wanted - count.active),
    remove: active.slice(wanted),
    ...(deadline < Infinity && { wakeAfterMs: deadline - now }),
  };
}

export function isFinished(job: V1Job): boolean {
  const conditions = job.status?.conditions ?? [];
  return conditions.some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

/** When the Job is to be deleted; undefined if it stays. */
export function expiry(job: V1Job): number | undefined {
  const ttl = job.spec?.ttlSecondsAfterFinished;
  const end = (job.status?.conditions ?? []).find(({ type }) => type === 'Complete' || type === 'Failed');
  const finishedAt = readTime(end?.lastTransitionTime);
  return ttl === undefined || finishedAt === undefined ? undefined : finishedAt + ttl * 1000;
}

/** The counts never fall: `before` knows of pods that had ended and gone before this process began. */
function countPods({ succeeded = 0, failed = 0 }: V1JobStatus, fates: Fates) {
  const number = (fate: string) => [...fates.values()].filter(known => known === fate).length;
  return {
    active: number('active'),
    succeeded: Math.max(succeeded, number('succeeded')),
    failed: Math.max(failed, number('failed')),
  };
}

const isOver = (pod: V1Pod) => ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '');
const isActive = (pod: V1Pod) => !isOver(pod) && !pod.metadata?.deletionTimestamp;
function failed(status: V1JobStatus, remove: V1Pod[], now: number, reason: string, message: string): JobPlan {
  return {
    status: {
      ...status,
      active: 0,
      failed: (status.failed ?? 0) + remove.length,
      conditions: finished(status, 'Failed', now, reason, message),
    },
    create: 0,
    remove,
    event: { type: 'Warning', reason, message },
  };
}

function finished(status: V1JobStatus, type: string, now: number, reason?: string, message?: string) {
  const condition: V1JobCondition = {
    type,
    status: 'True',
    lastProbeTime: wireTime(now),
    lastTransitionTime: wireTime(now),
    ...(reason && { reason }),
    ...(message && { message }),
  };
  return [...(status.conditions ?? []), condition];
}
