import { isDeepStrictEqual } from 'node:util';
import type { JobState } from './job-state.ts';
import type { Proof } from './proof.ts';
import type { CaptureStatus, Condition } from './resource.ts';
import type { Reason } from './validate.ts';

export type Claim = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

export const counters = (jobs: JobState[]) => {
  const count = (phase: JobState['phase']) => jobs.filter(job => job.phase === phase).length;
  return { active: count('active'), succeeded: count('succeeded'), failed: count('failed') };
};

export const inProgress = (active: number, total: number, waiting?: string): Claim => ({
  type: 'complete',
  status: 'False',
  reason: 'JobsInProgress',
  message: `${active}/${total} Capture jobs are in progress, waiting for ${waiting ?? 'completion'}`,
});

export const completed = (total: number): Claim => ({
  type: 'complete',
  status: 'True',
  reason: 'JobsCompleted',
  message: `All ${total} Capture jobs are completed`,
});

export const failure = (reason: Reason, message: string): Claim => ({
  type: 'error',
  status: 'True',
  reason,
  message: message.slice(0, 4096),
});

const NAMED_NODES = 10;

/** The contract's sentence, and behind it which node failed and why. */
export function jobsFailed(jobs: JobState[]): Claim {
  const failed = jobs.filter(job => job.phase === 'failed');
  const named = failed.slice(0, NAMED_NODES).map(({ node, problem }) => `${node} (${problem ?? 'failed'})`);
  const more = failed.length > NAMED_NODES ? `, and ${failed.length - NAMED_NODES} more` : '';
  return failure(
    'RunJobFailed',
    `${failed.length} Capture jobs are in failed state: ${named.join(', ')}${more}`,
  );
}

/** Which files were not found, node by node. */
export function missingFiles(proofs: Proof[]): string {
  const missing = proofs.filter(({ state }) => state === 'missing');
  const named = missing.slice(0, NAMED_NODES).map(({ node, detail }) => `${node}: ${detail}`);
  const more = missing.length > NAMED_NODES ? `, and ${missing.length - NAMED_NODES} more nodes` : '';
  return named.join(', ') + more;
}

/**
 * The conditions with their times: one that says the same as before keeps its time, and so do all when nothing
 * changed. The one that decides is first: an error, if there is one.
 */
export function withConditions(
  status: CaptureStatus,
  claims: Claim[],
  observedGeneration: number,
  now: Date,
): CaptureStatus {
  const conditions = claims
    .toSorted((a, b) => rank(a) - rank(b))
    .map(claim => {
      const before = status.conditions?.find(({ type }) => type === claim.type);
      const kept = before?.status === claim.status ? before.lastTransitionTime : undefined;
      return { ...claim, observedGeneration, lastTransitionTime: kept ?? seconds(now) };
    });
  return { ...status, conditions };
}

const rank = ({ type }: Claim) => (type === 'error' ? 0 : 1);

/** RFC 3339 in whole seconds, as the API server stores it. */
export const seconds = (time: Date) => time.toISOString().replace(/\.\d{3}/, '');

export const sameStatus = (a: CaptureStatus, b: CaptureStatus) =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
