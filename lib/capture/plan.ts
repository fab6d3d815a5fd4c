import type { V1ConfigMap, V1Job } from '@kubernetes/client-node';
import { type Frozen, toConfigMap } from './frozen.ts';
import { resolveHostPath } from './hostpath.ts';
import type { JobState } from './job-state.ts';
import { type JobContext, renderJob } from './jobs.ts';
import { frozenName } from './names.ts';
import type { CaptureEventType } from './product-events.ts';
import { hasRemoteOutput, type Proof } from './proof.ts';
import {
  type Capture,
  type CaptureStatus,
  FINALIZER,
  HOSTPATH_ANNOTATION,
  isFinal,
  wantsCleanUp,
} from './resource.ts';
import {
  type Claim,
  completed,
  counters,
  failure,
  inProgress,
  jobsFailed,
  missingFiles,
  sameStatus,
  seconds,
  withConditions,
} from './status.ts';
import type { Target } from './targets.ts';
import { CaptureError } from './validate.ts';

/** What was read of one Capture and its children; what a phase does not need is not read. */
export interface Observed {
  capture: Capture;
  frozen?: Frozen; // once the targets are fixed
  start?: Start | CaptureError; // before: what would be fixed, or why it cannot
  jobs: JobState[]; // of the frozen targets; while deleting, all that are left
  missing: Target[]; // frozen targets without a Job
  proofs: Proof[]; // once every Job succeeded
  refusal?: string; // why the server would not take a Job in this very run
}

/** What a Capture means at the moment at which it may start. */
export interface Start {
  spec: Frozen['spec'];
  targets: Target[];
}

export interface Settings extends JobContext {
  uploadDeadlineSeconds: number;
}

export type Action =
  | { type: 'prepare'; capture: Capture } // finalizer and annotation
  | { type: 'freeze'; configMap: V1ConfigMap }
  | { type: 'createJob'; job: V1Job }
  | { type: 'expect'; frozen: Frozen } // tells the index of the files that are to come
  | { type: 'snapshot'; moment: 'start' | 'end' }
  | { type: 'announce'; event: CaptureEventType; reason: string; message: string; nodes?: string[] }
  | { type: 'updateStatus'; capture: Capture }
  | { type: 'deleteJob'; name: string; uid: string }
  | { type: 'release'; capture: Capture } // without our finalizer
  | { type: 'deleteCapture' };

/** What is to be done now, in this order; nothing when the world is as it should be. */
export function plan(observed: Observed, now: Date, settings: Settings): Action[] {
  const { capture, frozen, missing, refusal } = observed;
  if (capture.metadata.deletionTimestamp) return planDeletion(observed);
  if (isFinal(capture)) return planCleanUp(observed);
  const prepared = prepare(observed, settings);
  if (prepared) return [{ type: 'prepare', capture: prepared }];
  if (!frozen)
    return capture.status.startTime === undefined ? planStart(observed, now) : planLost(capture, now);
  const starting = capture.status.startTime === undefined;
  if (starting && missing.length > 0 && refusal === undefined) {
    return missing.map(target => ({ type: 'createJob', job: renderJob(capture, frozen, target, settings) }));
  }
  return planStatus(observed, frozen, now, settings);
}

/** A child that is made before the finalizer is there could outlive its Capture. */
function prepare({ capture, frozen, start }: Observed, { hostPathBaseDir }: Settings): Capture | undefined {
  const { finalizers = [], annotations = {} } = capture.metadata;
  const spec = frozen?.spec ?? (start instanceof CaptureError ? undefined : start?.spec);
  const hostPath = spec?.outputConfiguration.hostPath;
  const where = hostPath === undefined ? undefined : resolveHostPath(hostPath, hostPathBaseDir);
  const annotated = where === undefined || frozen !== undefined || annotations[HOSTPATH_ANNOTATION] === where;
  if (finalizers.includes(FINALIZER) && annotated) return undefined;
  const metadata = {
    ...capture.metadata,
    finalizers: finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER],
    ...(where && { annotations: { ...annotations, [HOSTPATH_ANNOTATION]: where } }),
  };
  return { ...capture, metadata };
}

function planStart({ capture, start }: Observed, now: Date): Action[] {
  if (start === undefined) return [];
  if (start instanceof CaptureError) return report(capture, [failure(start.reason, start.message)], {}, now);
  const { spec, targets } = start;
  const { generation } = capture.metadata;
  try {
    const configMap = toConfigMap(capture, {
      version: 1,
      startTime: seconds(now),
      generation,
      spec,
      targets,
    });
    return [{ type: 'freeze', configMap }];
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return report(capture, [failure(error.reason, error.message)], {}, now);
  }
}

/** It was started, and what it was started with is gone: it must not be started again over the same files. */
function planLost(capture: Capture, now: Date): Action[] {
  const { name, uid } = capture.metadata;
  const { conditions: _, ...facts } = capture.status;
  const message = `the ConfigMap ${frozenName(name, uid)} with its targets is gone, or another controller started it: delete the Capture and apply it again`;
  return report(capture, [failure('OtherError', message)], { ...facts, completionTime: seconds(now) }, now);
}

function planStatus(observed: Observed, frozen: Frozen, now: Date, settings: Settings): Action[] {
  const { capture, missing, refusal } = observed;
  const total = frozen.targets.length;
  const deadline = (from: number) => now.getTime() > from + settings.uploadDeadlineSeconds * 1000;

  if (capture.status.startTime === undefined && missing.length > 0) {
    // the server refuses Jobs: keep trying for a while, then say that it is over
    const claims = [failure('CreateJobFailed', refusal ?? 'the Jobs could not be created')];
    const made = counters(observed.jobs);
    const over = made.active === 0 && deadline(Date.parse(frozen.startTime));
    return report(capture, claims, { ...made, ...(over && { completionTime: seconds(now) }) }, now);
  }

  // a Job that was there once and is gone is not made again: it would capture another time, over the same file
  const gone = missing.map(
    ({ node }): JobState => ({ node, name: '', uid: '', phase: 'failed', problem: 'its Job was deleted' }),
  );
  const jobs = [...observed.jobs, ...gone];
  const { active, succeeded, failed } = counters(jobs);
  const status: CaptureStatus = { startTime: frozen.startTime, active, succeeded, failed };
  if (active > 0) {
    const claims = failed > 0 ? [inProgress(jobs), jobsFailed(jobs)] : [inProgress(jobs)];
    return report(capture, claims, status, now, frozen);
  }
  const finished =
    jobs
      .flatMap(job => job.finished ?? [])
      .sort()
      .at(-1) ?? seconds(now);
  const final = { ...status, completionTime: seconds(new Date(finished)) };
  if (failed > 0) return report(capture, [jobsFailed(jobs)], final, now, frozen);
  const missingFile = missingFiles(observed.proofs);
  if (missingFile === '') return report(capture, [completed(total)], final, now, frozen);
  if (!deadline(Date.parse(finished))) {
    return report(capture, [inProgress(jobs, missingFile)], status, now, frozen);
  }
  const minutes = Math.round(settings.uploadDeadlineSeconds / 60);
  const message = `every Job succeeded, but after ${minutes} minutes files are not in their place: ${missingFile}`;
  return report(
    capture,
    [failure('UploadNotObserved', message)],
    { ...final, completionTime: seconds(now) },
    now,
    frozen,
  );
}

/** The actions that bring the status from what it is to these claims, and tell the world when it matters. */
function report(
  capture: Capture,
  claims: Claim[],
  facts: CaptureStatus,
  now: Date,
  frozen?: Frozen,
): Action[] {
  const { conditions } = capture.status;
  const generation = frozen?.generation ?? capture.metadata.generation;
  const status = withConditions({ ...facts, ...(conditions && { conditions }) }, claims, generation, now);
  if (sameStatus(status, capture.status)) return [];
  const actions: Action[] = [];
  const nodes = frozen?.targets.map(({ node }) => node) ?? [];
  if (status.startTime && !capture.status.startTime) {
    const message = `capturing on ${nodes.length} nodes`;
    if (frozen) actions.push({ type: 'expect', frozen });
    actions.push({ type: 'snapshot', moment: 'start' });
    actions.push({ type: 'announce', event: 'Capture Started', reason: 'Started', message, nodes });
  }
  const decisive = status.conditions?.[0];
  const before = conditions?.[0];
  // The snapshot makes the index look for files that it did not know; what they are is said ahead of it.
  if (status.completionTime && frozen) {
    actions.push({ type: 'expect', frozen }, { type: 'snapshot', moment: 'end' });
  }
  if (decisive && (decisive.reason !== before?.reason || decisive.status !== before.status)) {
    const event = decisive.type === 'error' ? 'Capture Failed' : 'Capture Completed';
    const { reason, message } = decisive;
    if (decisive.status === 'True') actions.push({ type: 'announce', event, reason, message, nodes });
  }
  return [...actions, { type: 'updateStatus', capture: { ...capture, status } }];
}

/** Jobs first, then the finalizer; the pods finish their upload on their own. */
function planDeletion({ capture, frozen, jobs }: Observed): Action[] {
  const { finalizers = [] } = capture.metadata;
  if (!finalizers.includes(FINALIZER)) return [];
  if (jobs.length > 0) {
    const end =
      frozen === undefined || isFinal(capture)
        ? []
        : ([
            { type: 'expect', frozen },
            { type: 'snapshot', moment: 'end' },
          ] as const);
    return [...end, ...jobs.map(({ name, uid }) => ({ type: 'deleteJob', name, uid }) as const)];
  }
  const metadata = { ...capture.metadata, finalizers: finalizers.filter(name => name !== FINALIZER) };
  return [{ type: 'release', capture: { ...capture, metadata } }];
}

/** Deletes only what nobody can miss: every remote file is proven, or reported where we cannot look. */
function planCleanUp({ capture, frozen, proofs }: Observed): Action[] {
  if (!frozen || !wantsCleanUp(capture) || !hasRemoteOutput(frozen.spec)) return [];
  const safe = proofs.every(({ state }) => state === 'proven' || state === 'reported');
  return safe && proofs.length === frozen.targets.length ? [{ type: 'deleteCapture' }] : [];
}
