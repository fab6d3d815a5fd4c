import type { Frozen } from '../../../lib/capture/frozen.ts';
import { Capture, CaptureSpec } from '../../../lib/capture/resource.ts';

/** A spec that is valid, with some of it replaced. */
export function specOf(changes: {
  target?: object;
  option?: object;
  output?: object;
  configuration?: object;
  cleanUpAfterUpload?: boolean;
}) {
  const { target, option, output, configuration, cleanUpAfterUpload } = changes;
  return {
    captureConfiguration: {
      captureTarget: target ?? { nodeSelector: { matchLabels: { 'kubernetes.io/os': 'linux' } } },
      captureOption: option ?? { duration: '10s' },
      ...configuration,
    },
    outputConfiguration: output ?? { hostPath: 'capture' },
    ...(cleanUpAfterUpload !== undefined && { cleanUpAfterUpload }),
  };
}

export function captureOf(spec: unknown, metadata: object = {}, status: object = {}): Capture {
  return Capture.parse({
    apiVersion: 'retina.sh/v1alpha1',
    kind: 'Capture',
    metadata: {
      name: 'demo',
      namespace: 'default',
      uid: 'u-1',
      resourceVersion: '1',
      generation: 1,
      ...metadata,
    },
    spec,
    status,
  });
}

export const frozenOf = (spec: unknown, targets: Frozen['targets']): Frozen => ({
  version: 1,
  startTime: '2026-01-02T03:04:05Z',
  generation: 1,
  spec: CaptureSpec.parse(spec),
  targets,
});
