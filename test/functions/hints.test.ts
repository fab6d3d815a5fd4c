/**
 * ingest, reconcile and sweep as serverless.yml wires them, on the embedded cloud and cluster: what an apply in the
 * cluster leads to, with nothing but the audit log, and with nothing but the schedule.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { type Client, createClient } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { type Cloud, startCloud } from '../../local/cloud/cloud.ts';
import { type AuditEvent, type Cluster, startCluster } from '../../local/cluster/server.ts';
import { specOf } from '../lib/capture/fixtures.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'hints-'));
let cluster: Cluster;
let cloud: Cloud;
let client: Client;
let onAudit = (_: AuditEvent) => {};
const seen: string[] = [];

beforeAll(async () => {
  cluster = await startCluster({ dataDir: join(folder, 'cluster'), onAudit: event => onAudit(event) });
  cloud = await startCloud({
    dataDir: join(folder, 'cloud'),
    host: '127.0.0.1',
    port: 0,
    serverlessFile: join(root, 'serverless.yml'),
    clusters: [{ name: 'local', endpoint: cluster.url }],
    params: { cluster: 'local', sweepRate: 'rate(365 days)' },
  });
  cloud.on(activity => {
    if (activity.type === 'event') seen.push(String(activity.event['detail-type']));
  });
  client = createClient({ server: cluster.url });
  const crd = load(readFileSync(join(root, 'deploy/crd/captures.yaml'), 'utf8')) as object;
  await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': 'n1' };
  await client.create(paths.nodes(), { metadata: { name: 'n1', labels } });
}, 60_000);
afterAll(async () => {
  client.close();
  await cloud.close();
  await cluster.close();
  rmSync(folder, { recursive: true });
});

interface Shown {
  status?: { conditions?: { reason: string }[] };
}

async function reasonOf(name: string): Promise<string> {
  for (let i = 0; i < 200; i++) {
    const capture = await client.get<Shown>(paths.captures('default', name));
    const reason = capture.status?.conditions?.[0]?.reason;
    if (reason) return reason;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`nothing was done about ${name}`);
}

const apply = (name: string, spec: unknown) =>
  client.create<object>(paths.captures('default'), {
    apiVersion: 'retina.sh/v1alpha1',
    kind: 'Capture',
    metadata: { name },
    spec,
  });

test('an apply becomes Jobs by way of the audit log', async () => {
  onAudit = event =>
    cloud.logs.put('/aws/eks/local/cluster', 'kube-apiserver-audit-1', [JSON.stringify(event)]);
  await apply('by-audit', specOf({}));
  expect(await reasonOf('by-audit')).toBe('JobsInProgress');
  expect(seen).toEqual(expect.arrayContaining(['Capture Hint', 'Capture Started']));
}, 30_000);

test('a Secret that appears wakes the Capture that waits for it', async () => {
  await apply('waits', specOf({ output: { blobUpload: 'sas' } }));
  expect(await reasonOf('waits')).toBe('FindSecretFailed');
  const data = {
    'blob-upload-url': Buffer.from('https://account.example/container?sig=x').toString('base64'),
  };
  await client.create(paths.secrets('default'), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sas' },
    data,
  } as object);
  for (let i = 0; i < 200 && (await reasonOf('waits')) !== 'JobsInProgress'; i++) {
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  expect(await reasonOf('waits')).toBe('JobsInProgress');
}, 30_000);

test('with every event lost, the sweep finds it', async () => {
  onAudit = () => {};
  await apply('by-sweep', specOf({}));
  await invokeSweep();
  expect(await reasonOf('by-sweep')).toBe('JobsInProgress');
}, 30_000);

/** As the schedule would, with the environment that the function has there. */
async function invokeSweep() {
  Object.assign(process.env, {
    CAPTURE_BUCKET: 'b',
    BUS_NAME: 'serverless-capture',
    CLUSTERS: 'local',
    WORKLOAD_IMAGE: 'i',
    AWS_REGION: cloud.region,
    AWS_ENDPOINT_URL: cloud.endpointUrl,
    AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
  });
  const { handler } = await import('../../functions/sweep.ts');
  await handler({}, { getRemainingTimeInMillis: () => 30_000, awsRequestId: 'r-1' } as never);
}
