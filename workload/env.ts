import { join } from 'node:path';
import { z } from '../lib/schemas.ts';
import { parseDuration } from './duration.ts';
import { CaptureError } from './errors.ts';

/** The longest interface name in Linux is 15 bytes (IFNAMSIZ); a leading dash would read as an option. */
const INTERFACE = /^[^-\s/][^\s/]{0,14}$/;

/** What tcpdump may be told beside the options that this program sets itself (contract of TCPDUMP_FLAGS). */
const FLAG = /^(-p|-U|--immediate-mode|-n|-nn|-e|-q|-S|-K|-v{1,3}|-x{1,2}|-A{1,2}|-t{1,5})$/;

const optional = z.pipe(
  z.optional(z.string()),
  z.transform(text => text || undefined),
);

/** Part of a file name: never a path. */
const fileNamePart = z
  .string()
  .check(z.regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'is not a Kubernetes name'));

/** Retina's capture workers have always taken an absent number as "not set". */
const count = z.union([
  z.optional(z.pipe(z.stringFormat('whole number', /^-?\d+$/), z.transform(Number))),
  z.pipe(
    z.literal(''),
    z.transform(() => undefined),
  ),
]);

const Environment = z.object({
  CAPTURE_NAME: z._default(z.union([fileNamePart, z.literal('')]), ''),
  NODE_HOST_NAME: fileNamePart,
  CAPTURE_START_TIMESTAMP: z.string().check(z.regex(/^\d{14}UTC$/, 'is not YYYYMMDDhhmmssUTC')),
  CAPTURE_NAMESPACE: optional,
  CAPTURE_UID: optional,
  CAPTURE_CLUSTER: optional,
  CAPTURE_DURATION: optional,
  CAPTURE_MAX_SIZE: count,
  CAPTURE_FILE_COUNT: count,
  CAPTURE_PACKET_SIZE: count,
  CAPTURE_INTERFACES: optional,
  PCAP_FILTER: optional,
  TCPDUMP_RAW_FILTER: optional,
  TCPDUMP_FILTER: optional,
  TCPDUMP_FLAGS: optional,
  INCLUDE_METADATA: z.optional(z.enum(['true', 'false', ''])),
  HOSTPATH: optional,
  PERSISTENT_VOLUME_CLAIM: optional,
  S3_BUCKET: z.optional(z.string()),
  S3_ENDPOINT: z.optional(z.string()),
  S3_REGION: z.optional(z.string()),
  S3_PATH: z.optional(z.string()),
  TMPDIR: optional,
});

export interface S3Target {
  bucket: string;
  endpoint: string;
  region: string;
  path: string;
}

/** What one run of the program is to do, as its environment says. */
export interface Settings {
  /** `<capture>-<node>-<YYYYMMDDhhmmss>UTC`: name of the pcap and of the archive, without extension. */
  fileName: string;
  capture: { name: string; namespace?: string; uid?: string; cluster?: string; node: string };
  durationMs: number; // 0: no limit
  maxSizeMB: number; // 0: no limit; MiB without rotation, tcpdump's own 1,000,000 bytes with it
  fileCount: number; // 0: no rotation
  packetSize: number; // 0: tcpdump's default
  interfaces: string[];
  filter: { pcap?: string; tcpdump?: string; system?: string };
  flags: string[];
  metadata: boolean;
  hostPath?: string; // as the user knows it; `mount` says where it is
  persistentVolumeClaim: boolean;
  s3?: S3Target;
  temporary: string; // directory for the files of the capture
  mount(path: string): string; // see mounted()
}

/**
 * Reads the contract's environment.
 *
 * @throws CaptureError that names the variable
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CaptureError(`environment variable ${issue!.path.join('.')}: ${issue!.message}`);
  }
  const env = parsed.data;
  return {
    fileName: `${env.CAPTURE_NAME}-${env.NODE_HOST_NAME}-${env.CAPTURE_START_TIMESTAMP}`,
    capture: {
      name: env.CAPTURE_NAME,
      node: env.NODE_HOST_NAME,
      ...(env.CAPTURE_NAMESPACE && { namespace: env.CAPTURE_NAMESPACE }),
      ...(env.CAPTURE_UID && { uid: env.CAPTURE_UID }),
      ...(env.CAPTURE_CLUSTER && { cluster: env.CAPTURE_CLUSTER }),
    },
    durationMs: duration(env.CAPTURE_DURATION),
    maxSizeMB: natural('CAPTURE_MAX_SIZE', env.CAPTURE_MAX_SIZE),
    fileCount: natural('CAPTURE_FILE_COUNT', env.CAPTURE_FILE_COUNT),
    packetSize: natural('CAPTURE_PACKET_SIZE', env.CAPTURE_PACKET_SIZE),
    interfaces: interfaces(env.CAPTURE_INTERFACES),
    filter: {
      ...(env.PCAP_FILTER && { pcap: env.PCAP_FILTER }),
      ...(env.TCPDUMP_RAW_FILTER && { tcpdump: env.TCPDUMP_RAW_FILTER }),
      ...(env.TCPDUMP_FILTER && { system: env.TCPDUMP_FILTER }),
    },
    flags: flags(env.TCPDUMP_FLAGS),
    metadata: env.INCLUDE_METADATA === 'true',
    ...(env.HOSTPATH && { hostPath: absolute('HOSTPATH', env.HOSTPATH) }),
    persistentVolumeClaim: env.PERSISTENT_VOLUME_CLAIM !== undefined,
    ...s3(env),
    temporary: env.TMPDIR ?? '/tmp',
    mount: path => mounted(environment, path),
  };
}

/** Where a path of the container lies: below a sandbox folder if the runtime has no mount namespaces. */
export function mounted(environment: NodeJS.ProcessEnv, path: string): string {
  return join(environment.CONTAINER_SANDBOX_MOUNT_POINT || '/', path);
}

function duration(text: string | undefined): number {
  if (!text) return 0;
  try {
    return parseDuration(text);
  } catch (error) {
    throw new CaptureError(`environment variable CAPTURE_DURATION: ${(error as RangeError).message}`);
  }
}

function natural(name: string, value: number | undefined): number {
  if (value !== undefined && value < 0) {
    throw new CaptureError(`environment variable ${name}: ${value} is below 0`);
  }
  return value ?? 0;
}

function interfaces(list: string | undefined): string[] {
  const names = [...new Set((list ?? '').split(',').map(name => name.trim()))].filter(name => name !== '');
  const wrong = names.find(name => !INTERFACE.test(name));
  if (wrong !== undefined) throw new CaptureError(`"${wrong}" is not the name of a network interface`);
  return names.length > 0 ? names : ['any'];
}

function flags(text: string | undefined): string[] {
  const list = (text ?? '').split(/\s+/).filter(flag => flag !== '');
  const wrong = list.find(flag => !FLAG.test(flag));
  if (wrong !== undefined) throw new CaptureError(`TCPDUMP_FLAGS holds "${wrong}", which is not allowed`);
  return list;
}

function absolute(name: string, path: string): string {
  if (!path.startsWith('/') || path.split('/').includes('..')) {
    throw new CaptureError(`environment variable ${name}: "${path}" is not an absolute path without ".."`);
  }
  return path;
}

/** An S3 output that was asked for but cannot be done is an error, never skipped. */
function s3(env: z.output<typeof Environment>): { s3?: S3Target } {
  const { S3_BUCKET: bucket, S3_ENDPOINT: endpoint, S3_REGION: region, S3_PATH: path } = env;
  if ([bucket, endpoint, region, path].every(value => value === undefined)) return {};
  if (!bucket) throw new CaptureError('S3Upload is configured without a bucket (S3_BUCKET is empty)');
  return { s3: { bucket, endpoint: endpoint ?? '', region: region ?? '', path: path ?? '' } };
}
