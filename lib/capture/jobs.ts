import type { V1Container, V1Job, V1PodSpec, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { parseDuration } from './duration.ts';
import { type Frozen, labelsOf, ownerReference } from './frozen.ts';
import { resolveHostPath } from './hostpath.ts';
import { jobEnv } from './job-env.ts';
import { fileName, jobName, timestampName } from './names.ts';
import type { Capture, CaptureOption, OutputConfiguration } from './resource.ts';
import type { Target } from './targets.ts';

/** What a Job's shape depends on beside its Capture. */
export interface JobContext {
  cluster: string;
  server: string; // URL of the API server
  image: string;
  hostPathBaseDir: string;
}

const GRACE_SECONDS = 1800; // to stop tcpdump, pack and upload
const MIB = 1024 * 1024;

/** The Job that captures on one node: one pod, never restarted. */
export function renderJob(capture: Capture, frozen: Frozen, target: Target, context: JobContext): V1Job {
  const { name, namespace, uid } = capture.metadata;
  const { outputConfiguration, captureConfiguration } = frozen.spec;
  const labels = labelsOf(capture);
  const hostPath =
    outputConfiguration.hostPath === undefined
      ? undefined
      : resolveHostPath(outputConfiguration.hostPath, context.hostPathBaseDir);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(name, uid, target.node),
      namespace,
      labels,
      annotations: { 'serverless-capture/node': target.node },
      ownerReferences: [ownerReference(capture)],
    },
    spec: {
      backoffLimit: 0, // a second try would capture another time
      ...activeDeadline(captureConfiguration.captureOption),
      template: {
        metadata: {
          labels,
          annotations: {
            'retina-capture-filename': fileName(name, target.node, frozen.startTime),
            'retina-capture-timestamp': timestampName(frozen.startTime),
            ...(hostPath && { 'retina-capture-hostpath': hostPath }),
          },
        },
        spec: podSpec(capture, frozen, target, context, hostPath),
      },
    },
  };
}

function activeDeadline({ duration }: CaptureOption) {
  const seconds = duration === undefined ? 0 : (parseDuration(duration) ?? 0);
  return seconds > 0 ? { activeDeadlineSeconds: Math.ceil(seconds) + GRACE_SECONDS } : {};
}

function podSpec(
  capture: Capture,
  frozen: Frozen,
  target: Target,
  context: JobContext,
  hostPath: string | undefined,
): V1PodSpec {
  const { volumes, mounts } = storage(frozen.spec.outputConfiguration, hostPath);
  return {
    hostNetwork: true, // the packets of the node, not of this pod
    dnsPolicy: 'ClusterFirstWithHostNet', // so that the name of a store in the cluster resolves
    automountServiceAccountToken: false,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: GRACE_SECONDS,
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: onlyOn(target) } },
    tolerations: [
      { key: 'CriticalAddonsOnly', operator: 'Exists' },
      { effect: 'NoExecute', operator: 'Exists' },
      { effect: 'NoSchedule', operator: 'Exists' },
    ],
    containers: [
      {
        ...container(frozen.spec.captureConfiguration.captureOption, context.image),
        env: jobEnv(capture, frozen, target, context),
        volumeMounts: mounts,
      },
    ],
    volumes,
  };
}

/** A node is found by its hostname label, which need not be its name; without one by its name. */
function onlyOn({ node, hostname }: Target) {
  const term = hostname
    ? { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] }
    : { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  return { nodeSelectorTerms: [term] };
}

function container({ maxCaptureSize, fileCount }: CaptureOption, image: string): V1Container {
  const bytes = (maxCaptureSize ?? 0) * (fileCount ?? 1) * MIB;
  return {
    name: 'capture',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['./retina/captureworkload'],
    terminationMessagePolicy: 'File', // holds the report, see lib/storage/report.ts
    resources: {
      requests: { cpu: '50m', memory: '64Mi', 'ephemeral-storage': String(bytes + 64 * MIB) },
      limits: { memory: '300Mi' },
    },
    securityContext: {
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      seccompProfile: { type: 'RuntimeDefault' },
      // NET_RAW to capture; NET_ADMIN for promiscuous mode and to read packet filter rules; SETUID and SETGID
      // because tcpdump sets its user even when told to stay root
      capabilities: { drop: ['ALL'], add: ['NET_RAW', 'NET_ADMIN', 'SETUID', 'SETGID'] },
    },
  };
}

function storage(output: OutputConfiguration, hostPath: string | undefined) {
  const volumes: V1Volume[] = [{ name: 'tmp', emptyDir: {} }];
  const mounts: V1VolumeMount[] = [{ name: 'tmp', mountPath: '/tmp' }];
  if (hostPath) {
    volumes.push({ name: 'hostpath', hostPath: { path: hostPath, type: 'DirectoryOrCreate' } });
    mounts.push({ name: 'hostpath', mountPath: hostPath });
  }
  const secret = (name: string, secretName: string, mountPath: string) => {
    volumes.push({ name, secret: { secretName, defaultMode: 0o400 } });
    mounts.push({ name, mountPath, readOnly: true });
  };
  if (output.blobUpload) secret('blob-upload-secret', output.blobUpload, '/etc/blob-upload-secret');
  if (output.s3Upload?.secretName)
    secret('s3-upload-secret', output.s3Upload.secretName, '/etc/s3-upload-secret');
  if (output.persistentVolumeClaim) {
    volumes.push({ name: 'pvc', persistentVolumeClaim: { claimName: output.persistentVolumeClaim } });
    mounts.push({ name: 'pvc', mountPath: '/mnt/azure' });
  }
  return { volumes, mounts };
}
