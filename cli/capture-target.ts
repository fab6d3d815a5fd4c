import { type Catalog, capturesNamed, catalogOf } from '../lib/index/query/catalog.ts';
import { createClient, type Resource } from '../lib/kubernetes/client.ts';
import { NotFoundError } from '../lib/kubernetes/errors.ts';
import { type KubeconfigContext, readKubeconfig } from '../lib/kubernetes/kubeconfig.ts';
import { paths } from '../lib/kubernetes/paths.ts';
import type { Objects } from '../lib/storage/objects.ts';
import type { CaptureOptions } from './capture-options.ts';
import { CommandError } from './errors.ts';
import type { Target } from './targets.ts';

/** The index of a Capture of the cluster, by name. Of several of that name it is the one that is there now. */
export async function openCapture(name: string, options: CaptureOptions): Promise<Target> {
  const bucket = options.bucket ?? process.env.CAPTURE_BUCKET;
  if (!bucket)
    throw new CommandError(
      `${name}: no such file or index; for a Capture name the bucket of its index with --bucket`,
    );
  const context = await readKubeconfig(options.kubeconfig, options.context);
  const capture = locate(name, options, context);
  const prefix = options['index-prefix'] ?? process.env.INDEX_PREFIX ?? 'index/';
  // Neither waits for the other: to get a token for the cluster alone may take a second.
  const [present, index] = await Promise.all([
    uidInCluster(capture, context),
    indexOf(capture, bucket, prefix),
  ]);
  const catalog = await choose(capture, present, index, prefix);
  if (catalog.indexed.length === 0)
    throw new CommandError(
      `Capture ${capture.namespace}/${capture.name} has no index in ${bucket} yet; kubectl describe capture ${capture.name} tells how far it is`,
    );
  const { objects } = index;
  return {
    catalog,
    async openOriginal(origin) {
      const read = async (start: number, end: number) =>
        (await objects.get(origin.key, { start, end }, origin.version)) ?? gone(origin.key);
      return { size: origin.size, read, stream: () => contents(objects, origin.key, origin.version) };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

interface CaptureName {
  cluster: string;
  namespace: string;
  name: string;
}

function locate(text: string, options: CaptureOptions, context: KubeconfigContext): CaptureName {
  const [first = '', second] = text.split('/');
  return {
    cluster: options.cluster ?? context.cluster.split('/').at(-1) ?? context.cluster,
    namespace: second === undefined ? (options.namespace ?? context.namespace) : first,
    name: second ?? first,
  };
}

/** Of the Capture that is there now, if one is. */
async function uidInCluster(
  { namespace, name }: CaptureName,
  { options }: KubeconfigContext,
): Promise<string | undefined> {
  const client = createClient(options);
  try {
    const { metadata } = await client.get<Resource>(paths.captures(namespace, name));
    return metadata?.uid ?? '';
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  } finally {
    client.close();
  }
}

/** What the bucket holds of all Captures that have or had a name. */
interface NamedIndex {
  objects: Objects;
  /** By uid. */
  files: Map<string, string[]>;
  /** Where there is but one, it is known at once. */
  only: { uid: string; catalog: Catalog } | undefined;
}

async function indexOf(capture: CaptureName, bucket: string, prefix: string): Promise<NamedIndex> {
  const { createObjects } = await import('../lib/storage/objects.ts'); // the SDK loads while the cluster is asked
  const objects = createObjects(bucket);
  const files = await capturesNamed(objects, prefix, capture);
  const [uid] = files.keys();
  const isOnly = uid !== undefined && files.size === 1;
  const only = isOnly ? { uid, catalog: await catalogOf(objects, prefix, files.get(uid)!) } : undefined;
  return { objects, files, only };
}

/** The Capture that is there now, else the only one that was: an index outlives its Capture. */
async function choose(
  { namespace, name }: CaptureName,
  present: string | undefined,
  { objects, files, only }: NamedIndex,
  prefix: string,
): Promise<Catalog> {
  if (only !== undefined && (present ?? only.uid) === only.uid) return only.catalog;
  if (present !== undefined) return await catalogOf(objects, prefix, files.get(present) ?? []);
  if (files.size === 0) throw new CommandError(`there is no file, index or Capture ${namespace}/${name}`);
  const uids = [...files.keys()].join(', ');
  throw new CommandError(`${files.size} Captures were named ${namespace}/${name} and none is now: ${uids}`);
}

async function* contents(objects: Objects, key: string, version?: string): AsyncGenerator<Uint8Array> {
  const stream = (await objects.stream(key, version)) ?? gone(key);
  yield* stream as AsyncIterable<Uint8Array>;
}

function gone(key: string): never {
  throw new CommandError(`${key} is no longer in the bucket`);
}
