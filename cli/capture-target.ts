import { captureCatalog, captureUids } from '../lib/index/query/catalog.ts';
import { createClient, type Resource } from '../lib/kubernetes/client.ts';
import { NotFoundError } from '../lib/kubernetes/errors.ts';
import { type KubeconfigContext, readKubeconfig } from '../lib/kubernetes/kubeconfig.ts';
import { paths } from '../lib/kubernetes/paths.ts';
import { createObjects, type Objects } from '../lib/storage/objects.ts';
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
  const objects = createObjects(bucket);
  const prefix = options['index-prefix'] ?? process.env.INDEX_PREFIX ?? 'index/';
  const uid = await uidOf(capture, context, objects, prefix);
  const catalog = await captureCatalog(objects, prefix, { cluster: capture.cluster, uid });
  if (catalog.indexed.length === 0)
    throw new CommandError(
      `Capture ${capture.namespace}/${capture.name} has no index in ${bucket} yet; kubectl describe capture ${capture.name} tells how far it is`,
    );
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

/** Of the Capture that exists, else of the only one that did: an index outlives its Capture. */
async function uidOf(
  capture: CaptureName,
  { options }: KubeconfigContext,
  objects: Objects,
  prefix: string,
): Promise<string> {
  const client = createClient(options);
  const { namespace, name } = capture;
  try {
    const { metadata } = await client.get<Resource>(paths.captures(namespace, name));
    return metadata?.uid ?? '';
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const [uid, ...others] = await captureUids(objects, prefix, capture);
    if (uid === undefined) throw new CommandError(`there is no file, index or Capture ${namespace}/${name}`);
    if (others.length === 0) return uid;
    throw new CommandError(
      `${others.length + 1} Captures were named ${namespace}/${name} and none is now: ${[uid, ...others].join(', ')}`,
    );
  } finally {
    client.close();
  }
}

async function* contents(objects: Objects, key: string, version?: string): AsyncGenerator<Uint8Array> {
  const stream = (await objects.stream(key, version)) ?? gone(key);
  yield* stream as AsyncIterable<Uint8Array>;
}

function gone(key: string): never {
  throw new CommandError(`${key} is no longer in the bucket`);
}
