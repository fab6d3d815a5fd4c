import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { Report } from '../storage/report.ts';

/** What became of the Job of one node. */
export interface JobState {
  node: string;
  name: string;
  uid: string;
  phase: 'active' | 'succeeded' | 'failed';
  problem?: string; // why it failed, or why it does not start
  finished?: string; // RFC 3339
  report?: Report; // what the capture program says it did
}

export function jobState(node: string, job: V1Job): JobState {
  const of = (type: string) => job.status?.conditions?.find(c => c.type === type && c.status === 'True');
  const [complete, failed] = [of('Complete'), of('Failed')];
  const finished = job.status?.completionTime ?? (complete ?? failed)?.lastTransitionTime;
  return {
    node,
    name: job.metadata?.name ?? '',
    uid: job.metadata?.uid ?? '',
    phase: failed ? 'failed' : complete ? 'succeeded' : 'active',
    ...(failed && { problem: failed.reason ?? 'failed' }),
    // JSON holds times as text, whatever the generated types say
    ...(finished && { finished: String(finished) }),
  };
}

/** The state with what the Job's pod says: its report, or the reason why it cannot work. */
export function withPod(state: JobState, pod: V1Pod | undefined): JobState {
  if (state.phase === 'active') {
    const problem = startProblem(pod);
    return { ...state, ...(problem && { problem }) };
  }
  const status = pod?.status?.containerStatuses?.find(({ name }) => name === 'capture');
  const ended = status?.state?.terminated ?? status?.lastState?.terminated;
  const report = parseReport(ended?.message);
  const words = report?.error ?? firstLine(ended?.message) ?? startProblem(pod) ?? pod?.status?.reason;
  const problem = [state.problem, words].filter(Boolean).join(': ');
  return {
    ...state,
    ...(report && { report }),
    ...(state.phase === 'failed' && problem && { problem }),
  };
}

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** What keeps a pod from starting; undefined when nothing does, or nothing is known. */
function startProblem(pod: V1Pod | undefined): string | undefined {
  const waiting = pod?.status?.containerStatuses?.find(({ name }) => name === 'capture')?.state?.waiting;
  if (waiting?.reason && !STARTING.has(waiting.reason)) {
    // the kubelet goes to and fro between these two, and says less each second time
    return waiting.reason === 'ErrImagePull' ? 'ImagePullBackOff' : waiting.reason;
  }
  const unscheduled = pod?.status?.conditions?.find(c => c.type === 'PodScheduled' && c.status === 'False');
  return unscheduled && [unscheduled.reason, unscheduled.message].filter(Boolean).join(': ');
}

function parseReport(message: string | undefined): Report | undefined {
  try {
    const parsed = Report.safeParse(JSON.parse(message ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // the stock image leaves none, and a pod that died early may leave anything
  }
}

function firstLine(message: string | undefined) {
  const line = message?.trim().split('\n')[0]?.slice(0, 200);
  return line?.startsWith('{') ? undefined : line || undefined;
}
