import type { V1Job } from '@kubernetes/client-node';
import { renderJob } from '../../../lib/capture/jobs.ts';
import { captureOf, frozenOf, specOf } from './fixtures.ts';

const context = {
  cluster: 'prod',
  server: 'https://api:443',
  image: 'ghcr.io/microsoft/retina/retina-agent:v1',
  hostPathBaseDir: '/tmp',
};

function render(changes: Parameters<typeof specOf>[0], podIPs: string[] = [], name = 'capture-test') {
  const spec = specOf(changes);
  const target = { node: 'node1', hostname: 'node1', podIPs };
  return renderJob(captureOf(spec, { name }), frozenOf(spec, [target]), target, context);
}

const container = (job: V1Job) => job.spec?.template.spec?.containers[0];
const envOf = (job: V1Job) =>
  Object.fromEntries(
    (container(job)?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );

const ALWAYS = {
  APISERVER: 'https://api:443',
  CAPTURE_NAME: 'capture-test',
  CAPTURE_NAMESPACE: 'default',
  CAPTURE_UID: 'u-1',
  CAPTURE_CLUSTER: 'prod',
  CAPTURE_START_TIMESTAMP: '20260102030405UTC',
  NODE_HOST_NAME: 'node1',
  INCLUDE_METADATA: 'true',
  CAPTURE_DURATION: '10s',
};
const claim = { output: { persistentVolumeClaim: 'capture-pvc' } };
const withClaim = { ...ALWAYS, PERSISTENT_VOLUME_CLAIM: 'capture-pvc' };
const option = (more: object) => ({ ...claim, option: { duration: '10s', ...more } });

test.each([
  ['host path', { output: { hostPath: 'capture' } }, { ...ALWAYS, HOSTPATH: '/tmp/capture' }],
  ['claim', claim, withClaim],
  ['blob', { output: { blobUpload: 'sas' } }, ALWAYS],
  [
    'bucket',
    { output: { s3Upload: { bucket: 'b', region: 'eu-west-1', path: 'p', secretName: 's' } } },
    { ...ALWAYS, S3_BUCKET: 'b', S3_REGION: 'eu-west-1', S3_PATH: 'p', S3_ENDPOINT: '' },
  ],
  [
    'no metadata',
    { ...claim, configuration: { includeMetadata: false } },
    { ...withClaim, INCLUDE_METADATA: 'false' },
  ],
  ['packet size', option({ packetSize: 96 }), { ...withClaim, CAPTURE_PACKET_SIZE: '96' }],
  [
    'rotation',
    option({ maxCaptureSize: 50, fileCount: 10 }),
    { ...withClaim, CAPTURE_MAX_SIZE: '50', CAPTURE_FILE_COUNT: '10' },
  ],
  ['filter', option({ pcapFilter: 'tcp port 80' }), { ...withClaim, PCAP_FILTER: 'tcp port 80' }],
  [
    'old filter',
    { ...claim, configuration: { tcpdumpFilter: 'udp port 53' } },
    { ...withClaim, TCPDUMP_RAW_FILTER: 'udp port 53' },
  ],
  ['flags', option({ noPromiscuous: true, verbosity: 'verbose' }), { ...withClaim, TCPDUMP_FLAGS: '-p -v' }],
  [
    'many flags',
    option({
      noPromiscuous: true,
      noResolveDNS: true,
      verbosity: 'verbose',
      printDataFormat: 'hex',
      absoluteSeq: true,
      timestampFormat: 'none',
    }),
    { ...withClaim, TCPDUMP_FLAGS: '-p -n -S -v -x -t' },
  ],
  ['interfaces', option({ interfaces: ['eth0', 'eth1'] }), { ...withClaim, CAPTURE_INTERFACES: 'eth0,eth1' }],
  ['sources', option({ sourceIPs: ['10.0.0.1'] }), { ...withClaim, PCAP_FILTER: 'src host 10.0.0.1' }],
  ['a minute', { ...claim, option: { duration: '1m' } }, { ...withClaim, CAPTURE_DURATION: '1m0s' }],
])('sets the environment for %s', (_, changes, expected) => {
  expect(envOf(render(changes))).toEqual(expected);
});

test('tells the program the addresses of the pods, and what was filtered', () => {
  const job = render({ ...claim, configuration: { filters: { exclude: ['53'] } } }, [
    '10.225.0.4',
    'fd5c::21e',
  ]);
  expect(envOf(job).TCPDUMP_FILTER).toBe('not ((port 53)) and (host 10.225.0.4 or host fd5c::21e)');
});

test('has the shape that Retina gives it', () => {
  const job = render({ output: { hostPath: 'capture' } });
  const labels = {
    'retina.sh/app': 'capture',
    'capture-name': 'capture-test',
    'serverless-capture/uid': 'u-1',
  };
  expect(job.metadata).toMatchObject({ namespace: 'default', labels });
  expect(job.metadata?.ownerReferences).toEqual([
    {
      apiVersion: 'retina.sh/v1alpha1',
      kind: 'Capture',
      name: 'capture-test',
      uid: 'u-1',
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  expect(job.spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 1810 });
  expect(job.spec?.template.metadata).toEqual({
    labels,
    annotations: {
      'retina-capture-filename': 'capture-test-node1-20260102030405UTC',
      'retina-capture-timestamp': '20260102030405UTC',
      'retina-capture-hostpath': '/tmp/capture',
    },
  });
  expect(job.spec?.template.spec).toMatchObject({
    hostNetwork: true,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1800,
    volumes: [
      { name: 'tmp', emptyDir: {} },
      { name: 'hostpath', hostPath: { path: '/tmp/capture', type: 'DirectoryOrCreate' } },
    ],
  });
  expect(container(job)).toMatchObject({
    name: 'capture',
    image: context.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['./retina/captureworkload'],
    volumeMounts: [{ mountPath: '/tmp' }, { name: 'hostpath', mountPath: '/tmp/capture' }],
  });
});

test('mounts Secrets and claims under names that do not depend on theirs', () => {
  const secret = 'a.very.long.name'.repeat(8);
  const output = {
    blobUpload: secret,
    persistentVolumeClaim: 'pvc-1',
    s3Upload: { bucket: 'b', region: 'r', secretName: secret },
  };
  const job = render({ output });
  expect(job.spec?.template.spec?.volumes?.slice(1)).toEqual([
    { name: 'blob-upload-secret', secret: { secretName: secret, defaultMode: 0o400 } },
    { name: 's3-upload-secret', secret: { secretName: secret, defaultMode: 0o400 } },
    { name: 'pvc', persistentVolumeClaim: { claimName: 'pvc-1' } },
  ]);
  expect(container(job)?.volumeMounts?.slice(1)).toEqual([
    { name: 'blob-upload-secret', mountPath: '/etc/blob-upload-secret', readOnly: true },
    { name: 's3-upload-secret', mountPath: '/etc/s3-upload-secret', readOnly: true },
    { name: 'pvc', mountPath: '/mnt/azure' },
  ]);
});

test('takes no more rights than a capture needs', () => {
  const job = render({});
  expect(job.spec?.template.spec).not.toHaveProperty('hostIPC');
  expect(job.spec?.template.spec).toMatchObject({ automountServiceAccountToken: false });
  expect(container(job)?.securityContext?.capabilities).toEqual({
    drop: ['ALL'],
    add: ['NET_RAW', 'NET_ADMIN', 'SETUID', 'SETGID'],
  });
});

test('finds a node by its hostname label, which need not be its name, or else by its name', () => {
  const spec = specOf({});
  const terms = (target: { node: string; hostname?: string; podIPs: string[] }) =>
    renderJob(captureOf(spec), frozenOf(spec, [target]), target, context).spec?.template.spec?.affinity
      ?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  expect(terms({ node: 'ip-10-0-0-1.internal', hostname: 'ip-10-0-0-1', podIPs: [] })).toEqual([
    { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['ip-10-0-0-1'] }] },
  ]);
  expect(terms({ node: 'bare', podIPs: [] })).toEqual([
    { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['bare'] }] },
  ]);
});

test('has the same name for the same Capture and node, and one that fits a label', () => {
  const long = `${'a'.repeat(51)}.${'b'.repeat(150)}`;
  const name = render({}, [], long).metadata?.name ?? '';
  expect(name).toBe(render({}, [], long).metadata?.name);
  expect(name).toMatch(/^a{51}-[0-9a-f]{10}$/);
  expect(name.length).toBeLessThanOrEqual(63);
  expect(render({}, [], long).metadata?.labels?.['capture-name']?.length).toBeLessThanOrEqual(63);
});
