import { z } from '../schemas.ts';
import { parseDuration } from './duration.ts';

/** The names by which Capture objects, and what we make for them, are known in a cluster. */
export const GROUP_VERSION = 'retina.sh/v1alpha1';
export const FINALIZER = 'kappio.io/capture-cleanup'; // Retina's, so that either controller can finish a Capture
export const HOSTPATH_ANNOTATION = 'serverless-capture/hostpath'; // on the Capture: where its files are on a node

export const Selector = z.object({
  matchLabels: z.optional(z.record(z.string(), z.string())),
  matchExpressions: z.optional(
    z.array(
      z.object({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.optional(z.array(z.string())),
      }),
    ),
  ),
});
export type Selector = z.infer<typeof Selector>;

const Duration = z
  .string()
  .check(z.refine(text => parseDuration(text) !== undefined, 'is not a duration such as 30s or 1m30s'));

const CaptureOption = z.object({
  duration: z.optional(Duration),
  maxCaptureSize: z.optional(z.int().check(z.nonnegative())), // MiB
  fileCount: z.optional(z.int().check(z.gte(1))),
  packetSize: z.optional(z.int().check(z.nonnegative())), // bytes
  interfaces: z.optional(z.array(z.string())),
  pcapFilter: z.optional(z.string().check(z.maxLength(1024))),
  sourceIPs: z.optional(z.array(z.string()).check(z.maxLength(100))),
  destinationIPs: z.optional(z.array(z.string()).check(z.maxLength(100))),
  noPromiscuous: z.optional(z.boolean()),
  packetBuffered: z.optional(z.boolean()),
  immediateMode: z.optional(z.boolean()),
  noResolveDNS: z.optional(z.boolean()),
  noResolvePort: z.optional(z.boolean()),
  printLinkHeader: z.optional(z.boolean()),
  quietOutput: z.optional(z.boolean()),
  absoluteSeq: z.optional(z.boolean()),
  dontVerifyChecksum: z.optional(z.boolean()),
  verbosity: z.optional(z.enum(['', 'verbose', 'extra', 'max'])),
  printDataFormat: z.optional(z.enum(['', 'hex', 'hex-with-link', 'ascii', 'ascii-with-link'])),
  timestampFormat: z.optional(z.enum(['', 'none', 'unformatted', 'delta', 'date', 'delta-since-first'])),
});
export type CaptureOption = z.infer<typeof CaptureOption>;

const CaptureTarget = z.object({
  nodeSelector: z.optional(Selector),
  namespaceSelector: z.optional(Selector),
  podSelector: z.optional(Selector),
  podNames: z.optional(z.array(z.string())),
});
export type CaptureTarget = z.infer<typeof CaptureTarget>;

const OutputConfiguration = z.object({
  hostPath: z.optional(z.string()),
  persistentVolumeClaim: z.optional(z.string()),
  blobUpload: z.optional(z.string()), // name of a Secret
  s3Upload: z.optional(
    z.object({
      bucket: z.string(),
      secretName: z.optional(z.string()),
      endpoint: z.optional(z.string()),
      region: z.optional(z.string()),
      path: z.optional(z.string()),
    }),
  ),
});
export type OutputConfiguration = z.infer<typeof OutputConfiguration>;

/** What a Capture asks for. An object that was stored before the schema had its defaults gets them here. */
export const CaptureSpec = z.object({
  captureConfiguration: z.object({
    captureTarget: CaptureTarget,
    captureOption: z._default(CaptureOption, { maxCaptureSize: 100 }),
    filters: z.optional(
      z.object({ include: z.optional(z.array(z.string())), exclude: z.optional(z.array(z.string())) }),
    ),
    tcpdumpFilter: z.optional(z.string().check(z.maxLength(1024))),
    includeMetadata: z._default(z.boolean(), true),
  }),
  outputConfiguration: OutputConfiguration,
  cleanUpAfterUpload: z._default(z.boolean(), false),
});
export type CaptureSpec = z.infer<typeof CaptureSpec>;

export const Condition = z.object({
  type: z.string(), // ours are complete and error; those of others are kept
  status: z.string(), // True, False or Unknown
  reason: z.string(),
  message: z.string(),
  observedGeneration: z.optional(z.int()),
  lastTransitionTime: z.string(),
});
export type Condition = z.infer<typeof Condition>;

export const CaptureStatus = z.object({
  conditions: z.optional(z.array(Condition)),
  startTime: z.optional(z.string()), // RFC 3339
  completionTime: z.optional(z.string()), // set once the Capture is final, in success or failure
  active: z.optional(z.int()),
  succeeded: z.optional(z.int()),
  failed: z.optional(z.int()),
});
export type CaptureStatus = z.infer<typeof CaptureStatus>;

/** A Capture as the API server gives it. Fields we do not know stay in it and are written back. */
export const Capture = z.looseObject({
  apiVersion: z._default(z.string(), GROUP_VERSION),
  kind: z._default(z.string(), 'Capture'),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z._default(z.int(), 1),
    creationTimestamp: z.optional(z.string()),
    deletionTimestamp: z.optional(z.string()),
    finalizers: z.optional(z.array(z.string())),
    annotations: z.optional(z.record(z.string(), z.string())),
  }),
  spec: z.unknown(), // read by CaptureSpec, so that a spec of the wrong shape can be answered in the status
  status: z._default(CaptureStatus, {}), // one that cannot be read must not pass for a Capture that never started
});
export type Capture = z.infer<typeof Capture>;

/** It has come to its end, in success or failure, and its status does not change any more. */
export const isFinal = (capture: Capture) => capture.status.completionTime !== undefined;

/** It succeeded, and asked to be deleted then. */
export function wantsCleanUp({ spec, status }: Capture): boolean {
  const asked =
    typeof spec === 'object' && spec !== null && 'cleanUpAfterUpload' in spec && spec.cleanUpAfterUpload;
  return (
    asked === true && status.conditions?.some(c => c.type === 'complete' && c.status === 'True') === true
  );
}

/** Nothing is left to do for it. */
export const isSettled = (capture: Capture) =>
  isFinal(capture) && capture.metadata.deletionTimestamp === undefined && !wantsCleanUp(capture);
