import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { load } from 'js-yaml';
import { captureManifest } from '../../cli/capture-manifest.ts';
import { fileSource } from '../../lib/index/engine/source.ts';
import { indexObject } from '../../lib/index/index-object.ts';
import { type Client, createClient, type Resource } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { createObjects, type Objects } from '../../lib/storage/objects.ts';
import { type Cloud, startCloud } from '../../local/cloud/cloud.ts';
import { type Cluster, startCluster } from '../../local/cluster/server.ts';
import { shared } from '../shared.ts';
import { capturectl, jsonLines } from './run.ts';

const BUCKET = 'captures';
const ROOT = resolve(import.meta.dirname, '../..');

const folder = mkdtempSync(join(tmpdir(), 'capture-target-'));
let cluster: Cluster;
let cloud: Cloud;
let client: Client;
let objects: Objects;
let env: Record<string, string>;

beforeAll(async () => {
  cluster = await startCluster({ dataDir: join(folder, 'cluster'), name: 'prod' });
  cloud = await startCloud({
    dataDir: join(folder, 'cloud'),
    host: '127.0.0.1',
    port: 0,
    serverlessFile: join(ROOT, 'serverless.yml'),
    clusters: [],
  });
  cloud.buckets.create(BUCKET);
  const { s3Url: endpoint, region, credentials } = cloud;
  objects = createObjects(BUCKET, new S3Client({ endpoint, region, credentials, forcePathStyle: true }));
  client = createClient({ server: cluster.url });
  const crd = load(readFileSync(join(ROOT, 'deploy/crd/captures.yaml'), 'utf8')) as object;
  await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig());
  env = {
    KUBECONFIG: kubeconfig,
    CAPTURE_BUCKET: BUCKET,
    AWS_ENDPOINT_URL: cloud.endpointUrl,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
});

afterAll(async () => {
  client.close();
  await cloud.close();
  await cluster.close();
  rmSync(folder, { recursive: true });
});

/** Creates a Capture; returns its uid. */
async function create(name: string): Promise<string> {
  const made = await client.create<Resource>(paths.captures('default'), captureManifest(name, 'default', {}));
  return made.metadata!.uid!;
}

const remove = (name: string) => client.delete(paths.captures('default', name));

/** Indexes a file as one of a Capture. */
async function index(name: string, uid: string, file: string): Promise<void> {
  const origin = { bucket: BUCKET, key: `${uid}.pcap`, etag: 'e', size: 1, cluster: 'prod' };
  await indexObject({
    objects,
    prefix: 'index/',
    origin: { ...origin, namespace: 'default', name, uid, node: 'node-1' },
    sequencer: '01',
    source: fileSource(shared(`data/captures/${file}`)),
    now: () => new Date(),
  });
}

const flows = async (name: string) => {
  const { code, out, err } = await capturectl(['flows', name, '--json', '--limit', '0'], env);
  return code === 0 ? jsonLines(out).length : err;
};

const MANY = '03_many-protocols.pcap';

it('finds the index of the Capture that is there now, and of one that was, as long as there was no other', async () => {
  const uid = await create('web');
  expect(await flows('web')).toMatch(/^capturectl: Capture default\/web has no index in captures yet;/);
  await index('web', uid, MANY);
  const found = await flows('default/web');
  expect(found).toBeGreaterThan(100);
  await remove('web');
  expect(await flows('web')).toBe(found);

  const next = await create('web');
  expect(await flows('web')).toMatch(/has no index/);
  await index('web', next, MANY);
  expect(await flows('web')).toBe(found);
  await remove('web');
  const both = [uid, next].sort().join(', ');
  expect(await flows('web')).toContain(`2 Captures were named default/web and none is now: ${both}`);
});

it('says that there is nothing of a name, and why it cannot be known', async () => {
  expect(await flows('nothing')).toBe('capturectl: there is no file, index or Capture default/nothing\n');
  const bucket = await capturectl(['flows', 'web', '--bucket', 'other'], env);
  expect([bucket.code, bucket.err]).toEqual([1, expect.stringContaining('bucket')]);
  const unreachable = { ...env, KUBECONFIG: join(folder, 'unreachable') };
  const config = cluster.kubeconfig().replace(cluster.url, 'http://127.0.0.1:1');
  writeFileSync(unreachable.KUBECONFIG, config);
  const down = await capturectl(['flows', 'web'], unreachable);
  expect([down.code, down.err]).toEqual([1, expect.stringContaining('127.0.0.1:1')]);
});
