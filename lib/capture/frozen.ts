import type { V1ConfigMap } from '@kubernetes/client-node';
import { z } from '../schemas.ts';
import { captureLabel, frozenName } from './names.ts';
import { type Capture, CaptureSpec, GROUP_VERSION } from './resource.ts';
import { CaptureError } from './validate.ts';

/**
 * What a Capture meant when it started. Written once, so that a half-made set of Jobs is always completed to the
 * same set: later edits of the spec, new nodes and moved pods change nothing.
 */
export const Frozen = z.object({
  version: z.literal(1),
  startTime: z.string(), // RFC 3339, whole seconds
  generation: z.int(),
  spec: CaptureSpec,
  targets: z.array(
    z.object({ node: z.string(), hostname: z.optional(z.string()), podIPs: z.array(z.string()) }),
  ),
});
export type Frozen = z.infer<typeof Frozen>;

const DATA_KEY = 'capture.json';
const MAX_BYTES = 900_000; // an object may have 1.5 MiB on the wire, a ConfigMap 1 MiB of data

export const ownerReference = (capture: Capture) => ({
  apiVersion: GROUP_VERSION,
  kind: 'Capture',
  name: capture.metadata.name,
  uid: capture.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

export const labelsOf = (capture: Capture) => ({
  'retina.sh/app': 'capture',
  'capture-name': captureLabel(capture.metadata.name),
  'serverless-capture/uid': capture.metadata.uid,
});

export function toConfigMap(capture: Capture, frozen: Frozen): V1ConfigMap {
  const data = JSON.stringify(frozen);
  if (Buffer.byteLength(data) > MAX_BYTES) {
    throw new CaptureError(
      'OtherError',
      `the Capture selects too many pods at once (${frozen.targets.length} nodes, ${data.length} bytes of addresses): narrow captureTarget, or capture whole nodes with nodeSelector`,
    );
  }
  const { name, namespace, uid } = capture.metadata;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: frozenName(name, uid),
      namespace,
      labels: labelsOf(capture),
      ownerReferences: [ownerReference(capture)],
    },
    immutable: true,
    data: { [DATA_KEY]: data },
  };
}

/** Undefined when the ConfigMap is not this Capture's own. */
export function fromConfigMap(capture: Capture, configMap: V1ConfigMap): Frozen | undefined {
  const owners = configMap.metadata?.ownerReferences ?? [];
  if (!owners.some(({ uid }) => uid === capture.metadata.uid)) return undefined;
  const parsed = Frozen.safeParse(JSON.parse(configMap.data?.[DATA_KEY] ?? 'null'));
  return parsed.success ? parsed.data : undefined;
}
