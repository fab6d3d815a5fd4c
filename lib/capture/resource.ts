import * as z from 'zod';
import { parseDuration } from './duration.ts';

/** The names by which Capture objects, and what we make for them, are known in a cluster. */
export const GROUP_VERSION = 'retina.sh/v1alpha1';
export const FINALIZER = 'kappio.io/capture-cleanup'; // Retina's, so that either controller can finish a Capture
export const HOSTPATH_ANNOTATION = 'serverless-capture/hostpath'; // on the Capture: where its files are on a node

export const Selector = z.object({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});
export type Selector = z.infer<typeof Selector>;

const Duration = z
  .string()
  .refine(text => parseDuration(text) !== undefined, 'is not a duration such as 30s or 1m30s');

const CaptureOption = z.object({
  duration: Duration.optional(),
  maxCaptureSize: z.int().nonnegative().optional(), // MiB
  fileCount: z.int().min(1).optional(),
  packetSize: z.int().nonnegative().optional(), // bytes
  interfaces: z.array(z.string()).optional(),
  pcapFilter: z.string().max(1024).optional(),
  sourceIPs: z.array(z.string()).max(100).optional(),
  destinationIPs: z.array(z.string()).max(100).optional(),
  noPromiscuous: z.boolean().optional(),
  packetBuffered: z.boolean().optional(),
  immediateMode: z.boolean().optional(),
  noResolveDNS: z.boolean().optional(),
  noResolvePort: z.boolean().optional(),
  printLinkHeader: z.boolean().optional(),
  quietOutput: z.boolean().optional(),
  absoluteSeq: z.boolean().optional(),
  dontVerifyChecksum: z.boolean().optional(),
  verbosity: z.enum(['', 'verbose', 'extra', 'max']).optional(),
  printDataFormat: z.enum(['', 'hex', 'hex-with-link', 'ascii', 'ascii-with-link']).optional(),
  timestampFormat: z.enum(['', 'none', 'unformatted', 'delta', 'date', 'delta-since-first']).optional(),
});
export type CaptureOption = z.infer<typeof CaptureOption>;

const CaptureTarget = z.object({
  nodeSelector: Selector.optional(),
  namespaceSelector: Selector.optional(),
  podSelector: Selector.optional(),
  podNames: z.array(z.string()).optional(),
});
export type CaptureTarget = z.infer<typeof CaptureTarget>;

const OutputConfiguration = z.object({
  hostPath: z.string().optional(),
  persistentVolumeClaim: z.string().optional(),
  blobUpload: z.string().optional(), // name of a Secret
  s3Upload: z
    .object({
      bucket: z.string(),
      secretName: z.string().optional(),
      endpoint: z.string().optional(),
      region: z.string().optional(),
      path: z.string().optional(),
    })
    .optional(),
});
export type OutputConfiguration = z.infer<typeof OutputConfiguration>;

/** What a Capture asks for. An object that was stored before the schema had its defaults gets them here. */
export const CaptureSpec = z.object({
  captureConfiguration: z.object({
    captureTarget: CaptureTarget,
    captureOption: CaptureOption.default({ maxCaptureSize: 100 }),
    filters: z
      .object({ include: z.array(z.string()).optional(), exclude: z.array(z.string()).optional() })
      .optional(),
    tcpdumpFilter: z.string().max(1024).optional(),
    includeMetadata: z.boolean().default(true),
  }),
  outputConfiguration: OutputConfiguration,
  cleanUpAfterUpload: z.boolean().default(false),
});
export type CaptureSpec = z.infer<typeof CaptureSpec>;

export const Condition = z.object({
  type: z.string(), // ours are complete and error; those of others are kept
  status: z.string(), // True, False or Unknown
  reason: z.string(),
  message: z.string(),
  observedGeneration: z.int().optional(),
  lastTransitionTime: z.string(),
});
export type Condition = z.infer<typeof Condition>;

export const CaptureStatus = z.object({
  conditions: z.array(Condition).optional(),
  startTime: z.string().optional(), // RFC 3339
  completionTime: z.string().optional(), // set once the Capture is final, in success or failure
  active: z.int().optional(),
  succeeded: z.int().optional(),
  failed: z.int().optional(),
});
export type CaptureStatus = z.infer<typeof CaptureStatus>;

/** A Capture as the API server gives it. Fields we do not know stay in it and are written back. */
export const Capture = z.looseObject({
  apiVersion: z.string().default(GROUP_VERSION),
  kind: z.string().default('Capture'),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.int().default(1),
    creationTimestamp: z.string().optional(),
    deletionTimestamp: z.string().optional(),
    finalizers: z.array(z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.unknown(), // read by CaptureSpec, so that a spec of the wrong shape can be answered in the status
  status: CaptureStatus.default({}), // one that cannot be read must not pass for a Capture that never started
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
