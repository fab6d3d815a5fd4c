import { isDeepStrictEqual } from 'node:util';
import type { JobState } from './job-state.ts';
import type { Proof } from './proof.ts';
import type { CaptureStatus } from './resource.ts';
import type { Reason } from './validate.ts';

/** What one of our conditions is to say. */
export interface Claim {
  type: 'complete' | 'error';
  status: 'True' | 'False';
  reason: string;
  message: string;
}

const NAMED_NODES = 10;

export const counters = (jobs: JobState[]) => {
  const count = (phase: JobState['phase']) => jobs.filter(job => job.phase === phase).length;
  return { active: count('active'), succeeded: count('succeeded'), failed: count('failed') };
};

/** The contract's sentence, and behind it whose pods do not start, or which files are awaited. */
export function inProgress(jobs: JobState[], files = ''): Claim {
  const active = jobs.filter(({ phase }) => phase === 'active');
  const stuck = named(active.filter(({ problem }) => problem !== undefined));
  const what = files ? `files: ${files}` : 'completion';
  return {
    type: 'complete',
    status: 'False',
    reason: 'JobsInProgress',
    message: `${active.length}/${jobs.length} Capture jobs are in progress, waiting for ${what}${stuck && `: ${stuck}`}`,
  };
}

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

/** The contract's sentence, and behind it which node failed and why. */
export function jobsFailed(jobs: JobState[]): Claim {
  const failed = jobs.filter(({ phase }) => phase === 'failed');
  return failure('RunJobFailed', `${failed.length} Capture jobs are in failed state: ${named(failed)}`);
}

/** Some of the nodes by name, each with its problem. */
function named(jobs: JobState[]): string {
  const some = jobs.slice(0, NAMED_NODES).map(({ node, problem }) => `${node} (${problem ?? 'failed'})`);
  const more = jobs.length > NAMED_NODES ? `, and ${jobs.length - NAMED_NODES} more` : '';
  return some.join(', ') + more;
}

/** Which files were not found, node by node. */
export function missingFiles(proofs: Proof[]): string {
  const missing = proofs.filter(({ state }) => state === 'missing');
  const some = missing.slice(0, NAMED_NODES).map(({ node, detail }) => `${node}: ${detail}`);
  const more = missing.length > NAMED_NODES ? `, and ${missing.length - NAMED_NODES} more nodes` : '';
  return some.join(', ') + more;
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
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'complete' && type !== 'error');
  return { ...status, conditions: [...conditions, ...others] };
}

const rank = ({ type }: Claim) => (type === 'error' ? 0 : 1);

/** RFC 3339 in whole seconds, as the API server stores it. */
export const seconds = (time: Date) => time.toISOString().replace(/\.\d{3}/, '');

export const sameStatus = (a: CaptureStatus, b: CaptureStatus) =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
