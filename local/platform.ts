import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { type Client, createClient, type Resource } from '../lib/kubernetes/client.ts';
import { AlreadyExistsError } from '../lib/kubernetes/errors.ts';
import { type Cloud, startCloud } from './cloud/cloud.ts';
import { type Cluster, startCluster } from './cluster/server.ts';
import { captureImages } from './node/images.ts';
import { type Nodes, startNodes } from './node/start.ts';
import { startWorld, type World } from './world/world.ts';

const HOST = '127.0.0.1';
/** The name under which the functions know the embedded cluster. */
export const CLUSTER = 'embedded';
const CRD = 'deploy/crd/captures.yaml';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export interface PlatformOptions {
  root: string; // the project's folder: serverless.yml, deploy/
  data: string; // of the platform's state
  port: number; // of the Kubernetes API; the cloud side takes the next one
}

/** A running embedded platform. */
export interface Platform {
  cluster: Cluster;
  client: Client;
  cloud: Cloud;
  world: World;
  kubeconfig: string; // path
  bucket: string; // of captures and their index
  /** What a shell needs for kubectl, capturectl and the aws command to reach the platform. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** Starts everything; what was started is ended again when a part fails. `say` hears of each part. */
export async function startPlatform(options: PlatformOptions, say: (part: string, detail: string) => void) {
  const ending: (() => unknown)[] = [];
  const end = async () => {
    for (const step of ending.reverse()) await step();
  };
  try {
    return await start(options, say, ending, end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function start(
  { root, data, port }: PlatformOptions,
  say: (part: string, detail: string) => void,
  ending: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Platform> {
  const world = await startWorld();
  ending.push(() => world.close());

  let cloud: Cloud | undefined;
  let nodes: Nodes | undefined;
  const cluster = await startCluster({
    dataDir: join(data, 'cluster'),
    host: HOST,
    port,
    name: CLUSTER,
    onAudit: event =>
      cloud?.logs.put(`/aws/eks/${CLUSTER}/cluster`, 'kube-apiserver-audit-embedded', [
        JSON.stringify(event),
      ]),
    podLogs: (namespace, name, container, asked) =>
      nodes?.podLogs(namespace, name, container, asked) ?? nothing(),
  });
  ending.push(() => cluster.close());
  const client = createClient({ server: cluster.url });
  ending.push(() => client.close());
  await applyAll(client, CRDS, await readFile(join(root, CRD), 'utf8'));
  const kubeconfig = join(data, 'kubeconfig');
  await writeFile(kubeconfig, cluster.kubeconfig(), { mode: 0o600 });
  say('cluster', `${cluster.url}, with captures.retina.sh`);

  cloud = await startCloud({
    dataDir: join(data, 'cloud'),
    host: HOST,
    port: port + 1,
    serverlessFile: join(root, 'serverless.yml'),
    clusters: [{ name: CLUSTER, endpoint: cluster.url }],
    params: {
      cluster: CLUSTER,
      sweepRate: 'rate(1 minute)',
      hintWindowSeconds: 0.2,
      uploadDeadlineSeconds: 120,
    },
    ...(world.hostIp !== HOST && { extraListen: [world.hostIp] }),
  });
  const { endpointUrl, region, credentials } = cloud;
  ending.push(() => cloud?.close());
  const [bucket] = cloud.buckets.list();
  if (!bucket) throw new Error('serverless.yml declares no bucket');
  say('cloud', `${endpointUrl}, bucket ${bucket.name}, functions of serverless.yml`);

  nodes = startNodes({
    clusterUrl: cluster.url,
    dataDir: join(data, 'nodes'),
    nodes: world.nodes,
    podEnv: {
      AWS_ENDPOINT_URL_S3: endpointUrl.replace(HOST, world.hostIp),
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId, // the node's own identity
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    images: captureImages,
  });
  ending.push(() => nodes?.close());
  await world.populate(client);
  say('world', world.summary);

  const environment = {
    KUBECONFIG: kubeconfig,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    CAPTURE_BUCKET: bucket.name,
  };
  return { cluster, client, cloud, world, kubeconfig, bucket: bucket.name, environment, close };
}

/** Creates the objects of a YAML file; those that exist are replaced. */
async function applyAll(client: Client, path: string, yaml: string): Promise<void> {
  for (const object of loadAll(yaml) as Resource[]) {
    try {
      await client.create(path, object);
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      await client.patch(`${path}/${object.metadata?.name}`, 'merge', object);
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
