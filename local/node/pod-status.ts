import type { V1ContainerState, V1Pod, V1PodCondition, V1PodStatus } from '@kubernetes/client-node';
import { identity, wireTime } from './objects.ts';

/** How a pod's container is, as its kubelet saw it. */
export type ContainerState =
  | { kind: 'waiting'; reason: string; message?: string }
  | { kind: 'running'; startedAt: Date }
  | { kind: 'terminated'; startedAt?: Date; exitCode: number; message?: string };

interface Situation {
  state: ContainerState;
  restarts: number;
  address: string; // of the node, and so of the pod
}

/** The status that a kubelet reports for a pod of one container that is not restarted. */
export function podStatus(pod: V1Pod, { state, restarts, address }: Situation): V1PodStatus {
  const container = pod.spec!.containers[0]!;
  const ready = state.kind === 'running';
  return {
    phase: phaseOf(state),
    conditions: conditionsOf(pod, state),
    hostIP: address,
    hostIPs: [{ ip: address }],
    ...(state.kind !== 'waiting' && { podIP: address, podIPs: [{ ip: address }] }),
    startTime: pod.status?.startTime ?? wireTime(),
    containerStatuses: [
      {
        name: container.name,
        image: container.image ?? '',
        imageID: state.kind === 'waiting' ? '' : `local://${container.image}`,
        ...(state.kind !== 'waiting' && { containerID: `local://${identity(pod).uid}/${restarts}` }),
        ready,
        started: ready,
        restartCount: restarts,
        state: stateOf(state),
        lastState: {},
      },
    ],
  };
}

function phaseOf(state: ContainerState): string {
  if (state.kind === 'waiting') return 'Pending';
  if (state.kind === 'running') return 'Running';
  return state.exitCode === 0 ? 'Succeeded' : 'Failed';
}

function stateOf(state: ContainerState): V1ContainerState {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, ...(state.message && { message: state.message }) } };
    case 'running':
      return { running: { startedAt: state.startedAt } };
    case 'terminated':
      return {
        terminated: {
          exitCode: state.exitCode,
          reason: state.exitCode === 0 ? 'Completed' : 'Error',
          ...(state.message && { message: state.message }),
          ...(state.startedAt && { startedAt: state.startedAt }),
          finishedAt: wireTime(),
        },
      };
  }
}

function conditionsOf(pod: V1Pod, state: ContainerState): V1PodCondition[] {
  const running = state.kind === 'running';
  const over = state.kind === 'terminated' && state.exitCode === 0;
  const reason = running ? undefined : over ? 'PodCompleted' : 'ContainersNotReady';
  const message =
    running || over ? undefined : `containers with unready status: [${pod.spec!.containers[0]!.name}]`;
  return [
    condition(pod, 'Initialized', true, over ? 'PodCompleted' : undefined),
    condition(pod, 'Ready', running, reason, message),
    condition(pod, 'ContainersReady', running, reason, message),
    condition(pod, 'PodScheduled', true),
  ];
}

function condition(
  pod: V1Pod,
  type: string,
  holds: boolean,
  reason?: string,
  message?: string,
): V1PodCondition {
  const status = holds ? 'True' : 'False';
  const known = pod.status?.conditions?.find(
    candidate => candidate.type === type && candidate.status === status,
  );
  return {
    type,
    status,
    lastTransitionTime: known?.lastTransitionTime ?? wireTime(),
    ...(reason && { reason }),
    ...(message && { message }),
  };
}
