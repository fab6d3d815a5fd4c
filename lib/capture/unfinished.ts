import type { Client } from '../kubernetes/client.ts';
import { paths } from '../kubernetes/paths.ts';
import { Capture, isSettled } from './resource.ts';

export interface CaptureKey {
  namespace: string;
  name: string;
}

/** Every Capture for which something may be left to do, in one namespace or in all. */
export async function listUnfinished(client: Client, namespace?: string): Promise<CaptureKey[]> {
  const path = namespace === undefined ? paths.allCaptures : paths.captures(namespace);
  const { items } = await client.list<object, CaptureKey | undefined>(path, {}, item => {
    const capture = Capture.safeParse(item).data;
    if (!capture || isSettled(capture)) return undefined;
    return { namespace: capture.metadata.namespace, name: capture.metadata.name };
  });
  return items.filter(item => item !== undefined);
}
