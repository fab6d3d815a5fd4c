import type { V1Job, V1JobCondition, V1JobStatus, V1Pod } from '@kubernetes/client-node';
import { readTime, wireTime } from './objects.ts';

export interface JobPlan {
  status: V1JobStatus; // without `active` pods that are yet to be made
  create: number; // pods to make
  remove: V1Pod[]; // pods that must not go on
  event?: { type: 'Normal' | 'Warning'; reason: string; message: string };
  wakeAfterMs?: number; // nothing else may happen before the deadline
}

/**
 * What a Job controller does for a Job with these pods.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export function planJob(job: V1Job, pods: readonly V1Pod[], now: number): JobPlan {
  const { completions = 1, parallelism = 1, backoffLimit = 6, activeDeadlineSeconds } = job.spec ?? {};
  const before = job.status ?? {};
  const startTime = before.startTime ?? wireTime(now);
  const count = countPods(before, pods);
  const status: V1JobStatus = { ...before, ...count, startTime };
  const active = pods.filter(isActive);
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

/** Pods that ended and were removed since are remembered; one that vanished while it was active has failed. */
function countPods(before: V1JobStatus, pods: readonly V1Pod[]) {
  const { active: wasActive = 0, succeeded: hadSucceeded = 0, failed: hadFailed = 0 } = before;
  const inPhase = (phase: string) => pods.filter(pod => pod.status?.phase === phase).length;
  const active = pods.filter(isActive).length;
  const ended = pods.length - active;
  const newlyEnded = ended - Math.min(ended, hadSucceeded + hadFailed);
  const vanished = Math.max(0, wasActive - active - newlyEnded);
  const terminating = pods.filter(pod => pod.metadata?.deletionTimestamp && !isOver(pod)).length;
  return {
    active,
    succeeded: Math.max(hadSucceeded, inPhase('Succeeded')),
    failed: Math.max(hadFailed, inPhase('Failed') + terminating) + vanished,
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
