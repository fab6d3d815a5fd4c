import { createHash } from 'node:crypto';
import type { BusEvent } from '../hints/bus.ts';
import type { Capture } from './resource.ts';

export type CaptureEventType = 'Capture Started' | 'Capture Completed' | 'Capture Failed';

/** Something of a Capture that others want to know; the same fact has the same id however often it is sent. */
export function captureEvent(
  type: CaptureEventType,
  cluster: string,
  capture: Capture,
  facts: { reason: string; message: string; time: string; nodes?: string[] },
): BusEvent {
  const { name, namespace, uid, generation } = capture.metadata;
  const id = createHash('sha256')
    .update([cluster, uid, type, generation, facts.reason].join('\0'))
    .digest('hex')
    .slice(0, 32);
  return {
    detailType: type,
    detail: {
      metadata: { id, version: 1, time: facts.time },
      data: { cluster, namespace, name, uid, ...facts },
    },
  };
}
