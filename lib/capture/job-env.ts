import type { V1EnvVar } from '@kubernetes/client-node';
import { formatDuration, parseDuration } from './duration.ts';
import { includeExcludeFilter, systemFilter, userFilter } from './filters.ts';
import type { Frozen } from './frozen.ts';
import { resolveHostPath } from './hostpath.ts';
import type { JobContext } from './jobs.ts';
import { timestampName } from './names.ts';
import type { Capture, CaptureOption, OutputConfiguration } from './resource.ts';
import type { Target } from './targets.ts';

/**
 * The environment of the capture program: Retina's contract, and CAPTURE_UID, CAPTURE_NAMESPACE and
 * CAPTURE_CLUSTER, which say whose file it makes. Never a secret: Job bodies are in the audit log.
 */
export function jobEnv(capture: Capture, frozen: Frozen, target: Target, context: JobContext): V1EnvVar[] {
  const { captureConfiguration, outputConfiguration } = frozen.spec;
  const { captureOption, filters, tcpdumpFilter, includeMetadata } = captureConfiguration;
  const values: Record<string, string> = {
    APISERVER: context.server,
    ...outputEnv(outputConfiguration, context.hostPathBaseDir),
    ...limitEnv(captureOption),
    TCPDUMP_FILTER: systemFilter(target.podIPs, includeExcludeFilter(filters?.include, filters?.exclude)),
    PCAP_FILTER: userFilter(captureOption),
    TCPDUMP_RAW_FILTER: tcpdumpFilter ?? '',
    TCPDUMP_FLAGS: tcpdumpFlags(captureOption).join(' '),
    CAPTURE_INTERFACES: (captureOption.interfaces ?? []).join(','),
    CAPTURE_NAME: capture.metadata.name,
    CAPTURE_NAMESPACE: capture.metadata.namespace,
    CAPTURE_UID: capture.metadata.uid,
    CAPTURE_CLUSTER: context.cluster,
    INCLUDE_METADATA: String(includeMetadata),
    NODE_HOST_NAME: target.node,
    CAPTURE_START_TIMESTAMP: timestampName(frozen.startTime),
  };
  const set = Object.entries(values).filter(([name, value]) => value !== '' || KEPT_WHEN_EMPTY.test(name));
  return [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...set.map(([name, value]) => ({ name, value })),
  ];
}

const KEPT_WHEN_EMPTY = /^(S3_|APISERVER$)/;

function outputEnv(output: OutputConfiguration, hostPathBaseDir: string): Record<string, string> {
  const { hostPath, persistentVolumeClaim, s3Upload } = output;
  return {
    ...(hostPath !== undefined && { HOSTPATH: resolveHostPath(hostPath, hostPathBaseDir) }),
    ...(persistentVolumeClaim && { PERSISTENT_VOLUME_CLAIM: persistentVolumeClaim }),
    ...(s3Upload && {
      S3_BUCKET: s3Upload.bucket,
      S3_ENDPOINT: s3Upload.endpoint ?? '',
      S3_REGION: s3Upload.region ?? '',
      S3_PATH: s3Upload.path ?? '',
    }),
  };
}

function limitEnv({
  duration,
  maxCaptureSize,
  fileCount,
  packetSize,
}: CaptureOption): Record<string, string> {
  return {
    ...(duration && { CAPTURE_DURATION: formatDuration(parseDuration(duration) ?? 0) }),
    ...(maxCaptureSize && { CAPTURE_MAX_SIZE: String(maxCaptureSize) }),
    ...(fileCount && { CAPTURE_FILE_COUNT: String(fileCount) }),
    ...(packetSize && { CAPTURE_PACKET_SIZE: String(packetSize) }),
  };
}

const VERBOSITY = { '': '', verbose: '-v', extra: '-vv', max: '-vvv' };
const PRINT_DATA = { '': '', hex: '-x', 'hex-with-link': '-xx', ascii: '-A', 'ascii-with-link': '-AA' };
const TIMESTAMP = {
  '': '',
  none: '-t',
  unformatted: '-tt',
  delta: '-ttt',
  date: '-tttt',
  'delta-since-first': '-ttttt',
};

/** In the order of the contract; those that only change what is printed are passed on though nothing is. */
function tcpdumpFlags(option: CaptureOption): string[] {
  return [
    option.noPromiscuous ? '-p' : '',
    option.packetBuffered ? '-U' : '',
    option.immediateMode ? '--immediate-mode' : '',
    option.noResolveDNS ? '-n' : '',
    option.noResolvePort ? '-nn' : '',
    option.printLinkHeader ? '-e' : '',
    option.quietOutput ? '-q' : '',
    option.absoluteSeq ? '-S' : '',
    option.dontVerifyChecksum ? '-K' : '',
    VERBOSITY[option.verbosity ?? ''],
    PRINT_DATA[option.printDataFormat ?? ''],
    TIMESTAMP[option.timestampFormat ?? ''],
  ].filter(flag => flag !== '');
}
