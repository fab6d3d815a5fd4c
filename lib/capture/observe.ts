import type { V1ConfigMap, V1Job, V1Pod } from '@kubernetes/client-node';
import type { Client } from '../kubernetes/client.ts';
import { NotFoundError } from '../kubernetes/errors.ts';
import { paths } from '../kubernetes/paths.ts';
import type { Objects } from '../storage/objects.ts';
import { type Frozen, fromConfigMap } from './frozen.ts';
import { type JobState, jobState, withPod } from './job-state.ts';
import { frozenName, jobName } from './names.ts';
import type { Observed, Start } from './plan.ts';
import { type Proof, proveUpload } from './proof.ts';
import { checkReferences } from './references.ts';
import { Capture, isFinal, isSettled } from './resource.ts';
import { resolveTargets, type Target } from './targets.ts';
import { CaptureError, validateSpec } from './validate.ts';

export interface World {
  client: Client;
  objects: Objects;
  hostPathBaseDir: string;
  jobLimit: number; // 0 is unlimited
}

const HEADS_AT_ONCE = 16;

/** Reads what the plan needs to know of one Capture now; undefined when there is no such Capture. */
export async function observe(world: World, namespace: string, name: string): Promise<Observed | undefined> {
  const { client } = world;
  const found = await unlessMissing(client.get(paths.captures(namespace, name)));
  if (!found) return undefined;
  const capture = Capture.parse(found);
  const nothing = { capture, jobs: [], missing: [], proofs: [] };
  const deleting = capture.metadata.deletionTimestamp !== undefined;
  if (isSettled(capture)) return nothing;

  const frozen = await readFrozen(client, capture);
  if (deleting) {
    const jobs = (await listJobs(client, capture)).map(job => jobState('', job));
    return { ...nothing, ...(frozen && { frozen }), jobs };
  }
  if (!frozen) {
    const started = isFinal(capture) || capture.status.startTime !== undefined;
    return started ? nothing : { ...nothing, start: await readStart(world, capture) };
  }

  const { jobs: bare, missing } = await readJobs(client, capture, frozen);
  const jobs = bare.length > 0 ? await readPods(client, capture, bare) : bare;
  const succeeded = missing.length === 0 && jobs.every(({ phase }) => phase === 'succeeded');
  const proofs = succeeded ? await readProofs(world.objects, capture, frozen, jobs) : [];
  return { capture, frozen, jobs, missing, proofs };
}

/** What would be fixed if the Capture started now, or why it cannot start. */
async function readStart(world: World, capture: Capture): Promise<Start | CaptureError> {
  const { client, jobLimit, hostPathBaseDir } = world;
  const { namespace } = capture.metadata;
  try {
    const spec = validateSpec(capture.spec, hostPathBaseDir);
    await checkReferences(client, namespace, spec.outputConfiguration);
    const targets = await resolveTargets(client, namespace, spec.captureConfiguration.captureTarget);
    if (jobLimit !== 0 && targets.length > jobLimit) {
      throw new CaptureError(
        'ExceedJobNumLimit',
        `the number of capture jobs ${targets.length} exceeds the limit ${jobLimit}`,
      );
    }
    return { spec, targets };
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
}

async function readFrozen(client: Client, capture: Capture): Promise<Frozen | undefined> {
  const { name, namespace, uid } = capture.metadata;
  const path = paths.configMaps(namespace, frozenName(name, uid));
  const configMap = await unlessMissing(client.get<V1ConfigMap>(path));
  return configMap && fromConfigMap(capture, configMap);
}

const ofCapture = ({ metadata: { uid } }: Capture) => ({ labelSelector: `serverless-capture/uid=${uid}` });

const ownedBy = (capture: Capture, job: V1Job) =>
  job.metadata?.ownerReferences?.some(({ uid }) => uid === capture.metadata.uid) === true;

async function listJobs(client: Client, capture: Capture): Promise<V1Job[]> {
  const { items } = await client.list<V1Job, V1Job>(
    paths.jobs(capture.metadata.namespace),
    ofCapture(capture),
    // the pod template is most of a Job, and is not needed
    ({ metadata, status }) => ({ ...(metadata && { metadata }), ...(status && { status }) }),
  );
  return items.filter(job => ownedBy(capture, job));
}

async function readJobs(client: Client, capture: Capture, frozen: Frozen) {
  const { name, namespace, uid } = capture.metadata;
  const byName = new Map((await listJobs(client, capture)).map(job => [job.metadata?.name, job]));
  const jobs: JobState[] = [];
  const missing: Target[] = [];
  for (const target of frozen.targets) {
    const job = byName.get(jobName(name, uid, target.node));
    if (job) jobs.push(jobState(target.node, job));
    else missing.push(target);
  }
  // Before the start, creating tells what exists. Afterwards a list alone does not prove that a Job is gone:
  // its label may have been edited.
  if (capture.status.startTime === undefined) return { jobs, missing };
  const gone: Target[] = [];
  for (const target of missing) {
    const job = await unlessMissing(
      client.get<V1Job>(paths.jobs(namespace, jobName(name, uid, target.node))),
    );
    if (job && ownedBy(capture, job)) jobs.push(jobState(target.node, job));
    else gone.push(target);
  }
  return { jobs, missing: gone };
}

async function readPods(client: Client, capture: Capture, jobs: JobState[]): Promise<JobState[]> {
  const byJob = new Map<string, V1Pod>();
  const { items } = await client.list<V1Pod, V1Pod>(
    paths.pods(capture.metadata.namespace),
    ofCapture(capture),
    ({ metadata, status }) => ({ ...(metadata && { metadata }), ...(status && { status }) }),
  );
  for (const pod of items) for (const { uid } of pod.metadata?.ownerReferences ?? []) byJob.set(uid, pod);
  return jobs.map(job => withPod(job, byJob.get(job.uid)));
}

async function readProofs(
  objects: Objects,
  capture: Capture,
  frozen: Frozen,
  jobs: JobState[],
): Promise<Proof[]> {
  const { spec, startTime } = frozen;
  const proofs: Proof[] = [];
  for (let i = 0; i < jobs.length; i += HEADS_AT_ONCE) {
    const some = jobs.slice(i, i + HEADS_AT_ONCE);
    const claims = some.map(({ node, report }) => ({ capture, spec, startTime, node, report }));
    proofs.push(...(await Promise.all(claims.map(claim => proveUpload(claim, objects)))));
  }
  return proofs;
}

async function unlessMissing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
