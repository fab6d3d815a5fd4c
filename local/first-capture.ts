import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { Client, Resource } from '../lib/kubernetes/client.ts';
import { AlreadyExistsError } from '../lib/kubernetes/errors.ts';
import { paths } from '../lib/kubernetes/paths.ts';
import { z } from '../lib/schemas.ts';
import { Report } from '../lib/storage/report.ts';
import type { Activity } from './cloud/cloud.ts';
import type { Platform } from './platform.ts';

/** A step of the first capture did not hold. */
export class StepFailed extends Error {}

const NAMESPACE = 'default';
const SECRET = 's3-upload';
const SLACK_MS = 30_000; // beyond the capture's own length
const FULL_BYTES = 1 << 20;

/** What came of the first capture, node by node. */
export interface Outcome {
  node: string;
  report: Report;
  key: string;
  counts: { packets: number; duplicates: number; flows: number };
}

const Indexed = z.object({
  name: z.string(),
  node: z.string(),
  object: z.object({ key: z.string() }),
  counts: z.object({ packets: z.int(), duplicates: z.int(), flows: z.int(), partial: z.unknown() }),
});
type Indexed = z.infer<typeof Indexed>;

interface Capture extends Resource {
  status?: { conditions?: { type: string; status: string; message: string }[] };
}

/** Applies a Capture of every pod of the world's shop, to the nodes' disks and to S3. */
export async function applyFirstCapture(platform: Platform, name: string, seconds: number): Promise<void> {
  const { client, bucket, cloud } = platform;
  const { accessKeyId, secretAccessKey } = cloud.credentials;
  await ensureSecret(client, { 's3-access-key-id': accessKeyId, 's3-secret-access-key': secretAccessKey });
  const capture = {
    apiVersion: 'retina.sh/v1alpha1',
    kind: 'Capture',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      captureConfiguration: {
        captureOption: { duration: `${seconds}s`, maxCaptureSize: 100 },
        captureTarget: { namespaceSelector: { matchLabels: { app: 'target-app' } } },
      },
      outputConfiguration: {
        hostPath: '/captures',
        s3Upload: { bucket, region: cloud.region, path: 'captures', secretName: SECRET },
      },
    },
  };
  await client.create(paths.captures(NAMESPACE), capture);
}

async function ensureSecret(client: Client, stringData: Record<string, string>): Promise<void> {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET }, stringData };
  try {
    await client.create(paths.secrets(NAMESPACE), secret);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
}

/**
 * Follows the Capture to its end and the index of each of its files; `say` hears of each step as it happens.
 * Start it before the Capture is applied. Throws {@link StepFailed} at the first step that does not hold.
 */
export async function followFirstCapture(
  platform: Platform,
  name: string,
  seconds: number,
  say: (step: string, detail: string) => void,
): Promise<Outcome[]> {
  const indexed = new Map<string, Indexed>();
  const seenBefore = new Set<string>(); // events come at least once
  let nodes: string[] | undefined;
  let lastError: string | undefined;
  const stop = platform.cloud.on(activity => {
    if (activity.type === 'invocation' && activity.error)
      lastError = `${activity.function}: ${activity.error}`;
    const seen = sighting(activity, name);
    if (!seen || seenBefore.has(seen.id)) return;
    seenBefore.add(seen.id);
    if (seen.type === 'Capture Hint') say('event', 'the audit log told ingest, which put a hint on the bus');
    if (seen.type === 'Capture Started') {
      nodes = seen.data.nodes as string[];
      say('jobs', `one on each of ${nodes.join(', ')}`);
    }
    if (seen.type === 'Object Created') say('stored', String(seen.data.key));
    if (seen.type === 'Capture Indexed') {
      const one = Indexed.parse(seen.data);
      indexed.set(one.node, one);
      say('indexed', `${one.node}: ${one.counts.packets} packets, ${one.counts.flows} flows`);
    }
  });
  try {
    await waitUntil(seconds * 1000 + SLACK_MS, `Capture ${name} is complete and indexed`, async () => {
      const capture = await platform.client
        .get<Capture>(paths.captures(NAMESPACE, name))
        .catch(() => undefined);
      const condition = (type: string) => capture?.status?.conditions?.find(c => c.type === type);
      const error = condition('error');
      if (error?.status === 'True') throw new StepFailed(`the Capture failed: ${error.message}`);
      return condition('complete')?.status === 'True' && nodes?.every(node => indexed.has(node)) === true;
    });
  } catch (error) {
    if (error instanceof TimedOut)
      throw new StepFailed(`${error.message}${await reason(platform, lastError)}`);
    throw error;
  } finally {
    stop();
  }
  say('complete', 'every Job succeeded, every file is proven in its place');
  return outcomes(platform.client, name, [...indexed.values()]);
}

interface Sighting {
  type: string;
  id: string; // the same for the same fact; hints are only shown once
  data: Record<string, unknown>;
}

/** What an activity says of the Capture, if it is about it. */
function sighting(activity: Activity, name: string): Sighting | undefined {
  if (activity.type !== 'event') return undefined;
  const { 'detail-type': type, detail, id } = activity.event;
  if (type === 'Object Created') {
    const { key } = detail.object as { key: string };
    return key.includes(`/${name}-`) ? { type, id, data: { key } } : undefined;
  }
  const { metadata, data } = detail as { metadata?: { id: string }; data?: Record<string, unknown> };
  if (data?.name !== name) return undefined;
  return { type, id: type === 'Capture Hint' ? type : (metadata?.id ?? id), data };
}

async function outcomes(client: Client, name: string, indexed: Indexed[]): Promise<Outcome[]> {
  const labelSelector = `capture-name=${name}`;
  const { items } = await client.list<V1Pod>(`/api/v1/namespaces/${NAMESPACE}/pods`, { labelSelector });
  return indexed.map(({ node, object, counts }) => {
    const pod = items.find(({ spec }) => spec?.nodeName === node);
    const message = pod?.status?.containerStatuses?.[0]?.state?.terminated?.message;
    if (message === undefined) throw new StepFailed(`the capture pod on ${node} left no report`);
    return { node, report: Report.parse(JSON.parse(message)), key: object.key, counts };
  });
}

/** Why a wait was in vain, as far as it can be told. */
async function reason(platform: Platform, lastError: string | undefined): Promise<string> {
  const { bavail, bsize } = await statfs(dirname(platform.kubeconfig));
  if (bavail * bsize < FULL_BYTES) return `: the disk that holds ${dirname(platform.kubeconfig)} is full`;
  return lastError === undefined ? '' : `: the last failure was in ${lastError}`;
}

class TimedOut extends Error {}

async function waitUntil(milliseconds: number, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new TimedOut(`after ${milliseconds / 1000} s it does not hold that ${what}`);
    await sleep(100);
  }
}
