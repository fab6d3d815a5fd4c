import { copyFileSync, createReadStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { load } from 'js-yaml';
import { captureManifest } from '../cli/capture-manifest.ts';
import { fileName, timestampName } from '../lib/capture/names.ts';
import { capturesNamed, catalogOf } from '../lib/index/query/catalog.ts';
import { createClient, type Resource } from '../lib/kubernetes/client.ts';
import { paths } from '../lib/kubernetes/paths.ts';
import { type ExpectedFiles, expectedKey, expectedPointer } from '../lib/storage/expected.ts';
import { createObjects } from '../lib/storage/objects.ts';
import { startCloud } from '../local/cloud/cloud.ts';
import { startCluster } from '../local/cluster/server.ts';
import { tarball } from '../workload/tarball.ts';

const ROOT = resolve(import.meta.dirname, '..');
const CLUSTER = 'embedded';
const NODE = 'node-1';
const INDEX_PREFIX = 'index/';

export interface IndexedCloud {
  /** What capturectl needs to reach it. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

/**
 * The embedded cluster and cloud with two Captures whose file is `pcap`, uploaded and indexed as the functions do it:
 * `bare`, the file as it is, and `archive`, as our capture program packs it. All state is in `folder`.
 */
export async function startIndexedCloud(pcap: string, folder: string): Promise<IndexedCloud> {
  const cluster = await startCluster({ dataDir: join(folder, 'cluster'), name: CLUSTER });
  const cloud = await startCloud({
    dataDir: join(folder, 'cloud'),
    host: '127.0.0.1',
    port: 0,
    serverlessFile: join(ROOT, 'serverless.yml'),
    clusters: [{ name: CLUSTER, endpoint: cluster.url }],
    params: { sweepRate: 'rate(1 day)' },
  });
  const close = async () => {
    await cloud.close();
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const bucket = cloud.buckets.list()[0]!.name;
    const create = await captureCreator(cluster.url);
    await upload(bucket, 'bare', await create('bare'), createReadStream(pcap));
    await upload(bucket, 'archive', await create('archive'), packed(pcap, folder));
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, cluster.kubeconfig());
    const environment = {
      KUBECONFIG: kubeconfig,
      AWS_ENDPOINT_URL: cloud.endpointUrl,
      AWS_REGION: cloud.region,
      AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
      CAPTURE_BUCKET: bucket,
    };
    return { environment, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What creates Captures, and gives their uids. */
async function captureCreator(server: string): Promise<(name: string) => Promise<string>> {
  const client = createClient({ server });
  const crd = load(readFileSync(join(ROOT, 'deploy/crd/captures.yaml'), 'utf8')) as Resource;
  await client.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  return async name => {
    const capture: Resource = captureManifest(name, 'default', {});
    return (await client.create(paths.captures('default'), capture)).metadata!.uid!;
  };
}

/** As reconcile announces a file and the capture program uploads it; resolves once it is indexed. */
async function upload(bucket: string, name: string, uid: string, body: Readable): Promise<void> {
  const objects = createObjects(bucket);
  const startTime = '2026-01-01T00:00:00Z';
  const time = timestampName(startTime);
  const key = `captures/${fileName(name, NODE, startTime)}.tar.gz`; // whatever it is, as the index looks inside
  const expected: ExpectedFiles = {
    ...{ version: 1, cluster: CLUSTER, namespace: 'default', name, uid, startTime },
    nodes: [{ node: NODE, keys: [key] }],
  };
  await objects.put(expectedKey(INDEX_PREFIX, CLUSTER, uid), JSON.stringify(expected));
  await objects.put(expectedPointer(INDEX_PREFIX, time, CLUSTER, uid), '');
  await objects.upload(key, body);
  const capture = { cluster: CLUSTER, namespace: 'default', name };
  const indexed = async () => {
    const files = (await capturesNamed(objects, INDEX_PREFIX, capture)).get(uid) ?? [];
    return (await catalogOf(objects, INDEX_PREFIX, files)).indexed.length > 0;
  };
  while (!(await indexed())) await delay(100);
}

function packed(pcap: string, folder: string): Readable {
  const files = join(folder, 'files');
  mkdirSync(files, { recursive: true });
  copyFileSync(pcap, join(files, 'web.pcap'));
  return Readable.from(tarball(files));
}
