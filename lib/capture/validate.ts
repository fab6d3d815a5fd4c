import { checkFilter } from './bpf/check.ts';
import { parseDuration } from './duration.ts';
import { includeExcludeFilter, userFilter } from './filters.ts';
import { resolveHostPath } from './hostpath.ts';
import { CaptureSpec, type CaptureTarget } from './resource.ts';

export type Reason =
  | 'OtherError'
  | 'FindSecretFailed'
  | 'ExceedJobNumLimit'
  | 'CreateJobFailed'
  | 'RunJobFailed'
  | 'UploadNotObserved';

/** A Capture that cannot run as it is written, or not yet. The message names the field and the remedy. */
export class CaptureError extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.name = 'CaptureError';
    this.reason = reason;
  }
}

/** The spec, if it can run as far as can be told without the cluster; throws CaptureError with reason OtherError. */
export function validateSpec(value: unknown, hostPathBaseDir: string): CaptureSpec {
  const parsed = CaptureSpec.safeParse(value);
  if (!parsed.success) {
    throw other(
      parsed.error.issues.map(({ path, message }) => `spec.${path.join('.')}: ${message}`).join('; '),
    );
  }
  const spec = parsed.data;
  try {
    validateTarget(spec.captureConfiguration.captureTarget);
    validateStop(spec);
    validateOutput(spec, hostPathBaseDir);
    validateFilters(spec);
  } catch (error) {
    throw error instanceof CaptureError
      ? error
      : other(error instanceof Error ? error.message : String(error));
  }
  return spec;
}

const other = (message: string) => new CaptureError('OtherError', message);

export function validateTarget({
  nodeSelector,
  namespaceSelector,
  podSelector,
  podNames = [],
}: CaptureTarget) {
  const byName = podNames.length > 0;
  if (!nodeSelector && !namespaceSelector && !podSelector && !byName) {
    throw other(
      'neither NodeSelector, NamespaceSelector&PodSelector, nor PodNames is set: set one of them in captureTarget',
    );
  }
  if (nodeSelector && (namespaceSelector || podSelector || byName)) {
    throw other(
      'NodeSelector is not compatible with NamespaceSelector&PodSelector or PodNames, please use one or the other',
    );
  }
  if (byName && (namespaceSelector || podSelector)) {
    throw other(
      'PodNames is not compatible with NamespaceSelector or PodSelector, please use one or the other',
    );
  }
}

function validateStop({ captureConfiguration: { captureOption } }: CaptureSpec) {
  const { duration, maxCaptureSize, fileCount } = captureOption;
  if (fileCount && !maxCaptureSize) {
    throw other('fileCount requires maxCaptureSize to be set as per-file size limit');
  }
  const seconds = duration === undefined ? 0 : (parseDuration(duration) ?? 0);
  if (seconds === 0 && !maxCaptureSize) {
    throw other(
      'Neither duration nor maxCaptureSize is set to stop the capture: set one of them in captureOption, above zero',
    );
  }
}

function validateOutput({ outputConfiguration }: CaptureSpec, hostPathBaseDir: string) {
  const { hostPath, persistentVolumeClaim, blobUpload, s3Upload } = outputConfiguration;
  if (hostPath === undefined && !persistentVolumeClaim && !blobUpload && !s3Upload) {
    throw other(
      'At least one output configuration should be set: hostPath, persistentVolumeClaim, blobUpload or s3Upload',
    );
  }
  if (hostPath !== undefined) {
    try {
      resolveHostPath(hostPath, hostPathBaseDir);
    } catch (error) {
      throw other(`invalid OutputConfiguration.HostPath: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (!s3Upload) return;
  if (s3Upload.bucket === '') throw other('outputConfiguration.s3Upload.bucket is empty: name the bucket');
  if (!s3Upload.region && !s3Upload.endpoint) {
    throw other('outputConfiguration.s3Upload needs region (AWS) or endpoint (another store)');
  }
  if (s3Upload.path?.split('/').includes('..')) {
    throw other("outputConfiguration.s3Upload.path must not contain '..'");
  }
}

function validateFilters({ captureConfiguration: { captureOption, filters, tcpdumpFilter } }: CaptureSpec) {
  const { sourceIPs = [], destinationIPs = [], pcapFilter, interfaces = [] } = captureOption;
  if (tcpdumpFilter && (sourceIPs.length > 0 || destinationIPs.length > 0)) {
    throw other(
      'tcpdumpFilter (deprecated) cannot be combined with sourceIPs/destinationIPs; use pcapFilter instead',
    );
  }
  userFilter(captureOption);
  includeExcludeFilter(filters?.include, filters?.exclude);
  // several interfaces are captured as `any` without the others
  const link = interfaces.length === 1 && interfaces[0] !== 'any' ? 'EN10MB' : 'LINUX_SLL2';
  if (pcapFilter !== undefined && pcapFilter !== '')
    checkFilter(pcapFilter, 'captureOption.pcapFilter', link);
  if (tcpdumpFilter !== undefined && tcpdumpFilter !== '') checkFilter(tcpdumpFilter, 'tcpdumpFilter', link);
  for (const name of interfaces) {
    // IFNAMSIZ is 16 with the closing NUL (linux/if.h)
    if (!/^[^\s/,-][^\s/,]{0,14}$/.test(name)) {
      throw other(`captureOption.interfaces: ${JSON.stringify(name)} is not the name of an interface`);
    }
  }
}
