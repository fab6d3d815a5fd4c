import type { CoreV1Event } from '@kubernetes/client-node';
import type { Client, Resource } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { identity, objectReference, wireTime } from './objects.ts';

export type Recorder = (
  object: Resource,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
) => void;

/**
 * Writes core Events as a component of the control plane does: the same thing said again of an object raises
 * the count of the Event. Events are a courtesy: one that cannot be written is dropped.
 */
export function createRecorder(client: Client, component: string, host?: string): Recorder {
  const known = new Map<string, Promise<CoreV1Event | undefined>>();

  async function create(object: Resource, type: string, reason: string, message: string) {
    const { namespace, name } = identity(object);
    const event: CoreV1Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        namespace,
        name: `${name}.${(BigInt(Date.now()) * 1_000_000n + BigInt(known.size)).toString(16)}`,
      },
      involvedObject: objectReference(object),
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: wireTime(),
      lastTimestamp: wireTime(),
      source: { component, ...(host && { host }) },
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
    return client.create<CoreV1Event>(paths.events(namespace), event).catch(() => undefined);
  }

  async function again(event: CoreV1Event): Promise<CoreV1Event> {
    const next = { ...event, count: (event.count ?? 1) + 1, lastTimestamp: wireTime() };
    const { namespace, name } = identity(event);
    const patch = { count: next.count, lastTimestamp: next.lastTimestamp };
    await client.patch(paths.events(namespace, name), 'merge', patch).catch(() => undefined);
    return next;
  }

  return (object, type, reason, message) => {
    const key = [object.metadata?.uid, reason, message].join('\n');
    const before = known.get(key) ?? Promise.resolve(undefined);
    known.set(
      key,
      before.then(event => (event ? again(event) : create(object, type, reason, message))),
    );
  };
}
