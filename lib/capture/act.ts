import type { CoreV1Event, V1Job } from '@kubernetes/client-node';
import type { Bus } from '../hints/bus.ts';
import {
  AlreadyExistsError,
  ConflictError,
  ForbiddenError,
  InvalidError,
  KubernetesError,
  NotFoundError,
} from '../kubernetes/errors.ts';
import { paths } from '../kubernetes/paths.ts';
import { storeExpected } from './expected.ts';
import type { Frozen } from './frozen.ts';
import { eventName } from './names.ts';
import type { World } from './observe.ts';
import type { Action } from './plan.ts';
import { captureEvent } from './product-events.ts';
import { type Capture, GROUP_VERSION } from './resource.ts';
import { storeSnapshot } from './snapshot.ts';
import { seconds } from './status.ts';

export interface Effects extends World {
  bus: Bus;
  cluster: string;
  indexPrefix: string;
  warn(message: string): void;
}

/** The server will not take a Job as it is; asking again at once would not help. */
export class RefusedError extends Error {}

/**
 * Does one action. Every write names the version or the uid of what was read, so that none lands on a namesake;
 * doing an action twice is harmless. Throws RefusedError for a Job that is not taken.
 */
export async function act(action: Action, capture: Capture, effects: Effects, now: Date): Promise<void> {
  const { client } = effects;
  const { name, namespace, uid, resourceVersion } = capture.metadata;
  switch (action.type) {
    case 'prepare':
    case 'release':
      await client.update(paths.captures(namespace, name), action.capture);
      return;
    case 'freeze':
      await client.create(paths.configMaps(namespace), action.configMap).catch(unlessExists);
      return;
    case 'createJob':
      await createJob(action.job, capture, effects);
      return;
    case 'updateStatus':
      await client.update(paths.captureStatus(namespace, name), action.capture);
      return;
    case 'deleteJob':
      await client.delete(paths.jobs(namespace, action.name), { uid: action.uid }).catch(unlessGone);
      return;
    case 'deleteCapture':
      await client.delete(paths.captures(namespace, name), { uid, resourceVersion });
      return;
    case 'expect':
      await expect(action.frozen, capture, effects);
      return;
    case 'snapshot':
      await snapshot(action.moment, capture, effects);
      return;
    case 'announce':
      await announce(action, capture, effects, now);
  }
}

async function createJob(job: V1Job, capture: Capture, { client }: Effects) {
  const { namespace, uid } = capture.metadata;
  try {
    await client.create(paths.jobs(namespace), job);
  } catch (error) {
    const name = job.metadata?.name ?? '';
    if (error instanceof AlreadyExistsError) {
      const existing = await client.get<V1Job>(paths.jobs(namespace, name));
      if (existing.metadata?.ownerReferences?.some(owner => owner.uid === uid)) return;
      throw new RefusedError(
        `Failed to create Capture job ${name}/${namespace}: a Job of that name belongs to another`,
      );
    }
    if (error instanceof InvalidError || error instanceof ForbiddenError) {
      throw new RefusedError(`Failed to create Capture job ${name}/${namespace}: ${error.message}`);
    }
    throw error;
  }
}

/** Names in an index are worth less than the capture itself: without a snapshot it goes on. */
async function snapshot(moment: 'start' | 'end', capture: Capture, effects: Effects) {
  const { client, objects, indexPrefix, cluster, warn } = effects;
  try {
    await storeSnapshot(client, objects, indexPrefix, cluster, capture.metadata.uid, moment);
  } catch (error) {
    warn(`no ${moment} snapshot of identities: ${error instanceof Error ? error.message : error}`);
  }
}

/** The capture goes on without it, too: its files are indexed once the index is told of them at the end. */
async function expect(frozen: Frozen, capture: Capture, effects: Effects) {
  const { objects, indexPrefix, cluster, warn } = effects;
  try {
    await storeExpected(objects, indexPrefix, cluster, capture, frozen);
  } catch (error) {
    warn(`the index was not told of the files to come: ${error instanceof Error ? error.message : error}`);
  }
}

type Announcement = Extract<Action, { type: 'announce' }>;

/** On the bus, where the alerts are, and as a Kubernetes Event for those who read `kubectl describe`. */
async function announce(action: Announcement, capture: Capture, effects: Effects, now: Date) {
  const { event, reason, message, nodes } = action;
  const time = seconds(now);
  await effects.bus.put([
    captureEvent(event, effects.cluster, capture, { reason, message, time, ...(nodes && { nodes }) }),
  ]);
  try {
    const { namespace } = capture.metadata;
    await effects.client.create(paths.events(namespace), kubernetesEvent(action, capture, time));
  } catch (error) {
    if (error instanceof AlreadyExistsError) return;
    if (!(error instanceof KubernetesError)) throw error;
    effects.warn(`no Kubernetes Event ${reason}: ${error.message}`);
  }
}

function kubernetesEvent({ event, reason, message }: Announcement, capture: Capture, time: string) {
  const { name, namespace, uid, resourceVersion } = capture.metadata;
  const event_ = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName(name, uid, `${event}/${reason}`), namespace },
    involvedObject: { apiVersion: GROUP_VERSION, kind: 'Capture', name, namespace, uid, resourceVersion },
    reason,
    message: message.slice(0, 1024),
    type: event === 'Capture Failed' ? 'Warning' : 'Normal',
    source: { component: 'serverless-capture' },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
  return event_ as unknown as CoreV1Event; // its times are Date in the generated types, text in JSON
}

function unlessExists(error: unknown) {
  if (!(error instanceof AlreadyExistsError)) throw error;
}

function unlessGone(error: unknown) {
  // a Conflict here is a Job of the same name that is not the one that was read
  if (!(error instanceof NotFoundError || error instanceof ConflictError)) throw error;
}
