import { isIP } from 'node:net';
import {
  type CaptureOption,
  type CaptureTarget,
  GROUP_VERSION,
  type Selector,
} from '../lib/capture/resource.ts';
import { wholeNumber } from './arguments.ts';
import { UsageError } from './errors.ts';

/** Options of `capturectl create` that make a Capture's spec; names and defaults are those of kubectl retina capture. */
export const SPEC_OPTIONS = {
  duration: { type: 'string' },
  'max-size': { type: 'string' },
  'file-count': { type: 'string' },
  'packet-size': { type: 'string' },
  'node-names': { type: 'string' },
  'node-selectors': { type: 'string' },
  'pod-names': { type: 'string' },
  'pod-selectors': { type: 'string' },
  'namespace-selectors': { type: 'string' },
  interfaces: { type: 'string' },
  'pcap-filter': { type: 'string' },
  'include-filter': { type: 'string' },
  'exclude-filter': { type: 'string' },
  'source-ips': { type: 'string' },
  'destination-ips': { type: 'string' },
  'no-promiscuous': { type: 'boolean' },
  'no-metadata': { type: 'boolean' },
  'host-path': { type: 'string' },
  pvc: { type: 'string' },
  's3-bucket': { type: 'string' },
  's3-region': { type: 'string' },
  's3-endpoint': { type: 'string' },
  's3-path': { type: 'string' },
  's3-secret': { type: 'string' },
  'cleanup-after-upload': { type: 'boolean' },
} as const;

export type SpecOptions = {
  [name in keyof typeof SPEC_OPTIONS]?: (typeof SPEC_OPTIONS)[name]['type'] extends 'boolean'
    ? boolean
    : string;
};

/** A Capture as it is sent to the API server. */
export function captureManifest(name: string, namespace: string, options: SpecOptions) {
  return {
    apiVersion: GROUP_VERSION,
    kind: 'Capture',
    metadata: { name, namespace },
    spec: {
      captureConfiguration: {
        captureTarget: target(options),
        captureOption: captureOption(options),
        ...filters(options),
        includeMetadata: options['no-metadata'] !== true,
      },
      outputConfiguration: output(options),
      ...(options['cleanup-after-upload'] && { cleanUpAfterUpload: true }),
    },
  };
}

/** Without any target every Linux node is meant, as in kubectl retina capture. */
function target(options: SpecOptions): CaptureTarget {
  const names = list('node-names', options['node-names']);
  const result: CaptureTarget = {};
  if (names)
    result.nodeSelector = {
      matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: names }],
    };
  const nodes = labels('node-selectors', options['node-selectors']);
  if (nodes) result.nodeSelector = { ...result.nodeSelector, matchLabels: nodes };
  const pods = labels('pod-selectors', options['pod-selectors']);
  if (pods) result.podSelector = selector(pods);
  const namespaces = labels('namespace-selectors', options['namespace-selectors']);
  if (namespaces) result.namespaceSelector = selector(namespaces);
  const podNames = list('pod-names', options['pod-names']);
  if (podNames) result.podNames = podNames;
  return Object.keys(result).length > 0
    ? result
    : { nodeSelector: selector({ 'kubernetes.io/os': 'linux' }) };
}

const selector = (matchLabels: Record<string, string>): Selector => ({ matchLabels });

function captureOption(options: SpecOptions): CaptureOption {
  const result: CaptureOption = { duration: options.duration ?? '1m0s' };
  if (result.duration === '0') delete result.duration;
  const size = wholeNumber('max-size', options['max-size'] ?? '100');
  if (size > 0) result.maxCaptureSize = size;
  const count = wholeNumber('file-count', options['file-count'] ?? '0');
  if (count > 0) result.fileCount = count;
  const packet = wholeNumber('packet-size', options['packet-size'] ?? '0');
  if (packet > 0) result.packetSize = packet;
  const interfaces = list('interfaces', options.interfaces);
  if (interfaces) result.interfaces = interfaces;
  if (options['pcap-filter'] !== undefined) result.pcapFilter = options['pcap-filter'];
  const sources = addresses('source-ips', options['source-ips']);
  if (sources) result.sourceIPs = sources;
  const destinations = addresses('destination-ips', options['destination-ips']);
  if (destinations) result.destinationIPs = destinations;
  if (options['no-promiscuous']) result.noPromiscuous = true;
  return result;
}

function filters(options: SpecOptions) {
  const include = list('include-filter', options['include-filter']);
  const exclude = list('exclude-filter', options['exclude-filter']);
  return include || exclude ? { filters: { ...(include && { include }), ...(exclude && { exclude }) } } : {};
}

/** A folder on the node is always an output, unless it is given as an empty text. */
function output(options: SpecOptions) {
  const hostPath = options['host-path'] ?? 'retina';
  const bucket = options['s3-bucket'];
  if (!bucket && ['s3-region', 's3-endpoint', 's3-path', 's3-secret'].some(name => name in options)) {
    throw new UsageError('--s3-bucket is needed for the other --s3 options');
  }
  const region = options['s3-region'];
  const endpoint = options['s3-endpoint'];
  const secretName = options['s3-secret'];
  const s3Upload = {
    bucket,
    path: options['s3-path'] ?? 'retina/captures',
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(secretName && { secretName }),
  };
  return {
    ...(hostPath && { hostPath }),
    ...(options.pvc && { persistentVolumeClaim: options.pvc }),
    ...(bucket && { s3Upload }),
  };
}

/** "a,b" as its parts; an empty part is an error. */
function list(option: string, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(',').map(part => part.trim());
  if (parts.includes('')) throw new UsageError(`--${option} has an empty entry: '${text}'`);
  return parts;
}

/** "key=value,key=value". */
function labels(option: string, text: string | undefined): Record<string, string> | undefined {
  return (
    list(option, text) &&
    Object.fromEntries(
      list(option, text)!.map(part => {
        const [key, value, ...rest] = part.split('=');
        if (!key || value === undefined || rest.length > 0) {
          throw new UsageError(`--${option} takes key=value, not '${part}'`);
        }
        return [key, value];
      }),
    )
  );
}

function addresses(option: string, text: string | undefined): string[] | undefined {
  const parts = list(option, text);
  const wrong = parts?.find(part => isIP(part.split('/')[0]!) === 0);
  if (wrong !== undefined) throw new UsageError(`--${option} takes addresses, not '${wrong}'`);
  return parts;
}
