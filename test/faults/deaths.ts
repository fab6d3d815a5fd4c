import type { V1Job } from '@kubernetes/client-node';
import { paths } from '../../lib/kubernetes/paths.ts';
import type { Fault, Passed } from './fault-proxy.ts';
import { keysOf, NODES, nodeOf, REPORT, S3_SPEC, type Stage } from './stage.ts';

type Wake = (name: string) => Promise<void>;

const withoutTimes = (value: unknown) =>
  JSON.parse(JSON.stringify(value), (key, v) => (/Time$|^resourceVersion$|^uid$/.test(key) ? undefined : v));

/**
 * Every place at which a function can die: before a request is sent, and after it was applied but not acknowledged.
 * For each of them the function stops there for good, a new instance takes over, and the world must come out the
 * same as if nothing had happened. Returns how many deaths were died.
 */
export async function dieEverywhere(stage: Stage): Promise<number> {
  stage.settings.now = new Date('2026-01-01T00:05:00Z'); // five minutes after the end of the Jobs
  let requests = 0;
  const undisturbed = await live(stage, async name => {
    stage.proxy.requests.length = 0;
    await stage.settle(name);
    requests += stage.proxy.requests.length;
  });
  expect(undisturbed.announced).toEqual(['Capture Started', 'Capture Completed']);
  expect(undisturbed.status.conditions).toMatchObject([
    { type: 'complete', status: 'True', reason: 'JobsCompleted' },
  ]);

  let died = 0;
  for (let k = 1; k <= requests; k++) {
    for (const way of ['lost', 'unanswered'] as const) {
      const death = dyingAt(stage, k, way);
      const outcome = await live(stage, death.wake);
      if (death.died()) died++;
      expect({ k, way, outcome }).toEqual({ k, way, outcome: undisturbed });
    }
  }
  expect(died).toBe(2 * requests);
  return died;
}

/** From the apply to the end, waking the functions at each step; `wake` may be interrupted. */
async function live(stage: Stage, wake: Wake) {
  const capture = await stage.apply(S3_SPEC);
  const { name, uid } = capture.metadata;
  stage.events.length = 0;
  await wake(name);
  await stage.settle(name);
  const jobs = await stage.jobs(name);
  onePerNode(jobs, uid);
  for (const job of jobs) await stage.finish(job, 'Complete');
  await wake(name);
  for (const key of await keysOf(stage, capture, 'raw')) stage.objects.heads.set(key, { size: REPORT.bytes });
  await wake(name);
  await stage.settle(name);
  const ended = await stage.capture(name);
  const facts = new Map(stage.events.map(({ detailType, detail }) => [detail.metadata.id, detailType]));
  await stage.direct.delete(paths.captures('default', name));
  await wake(name);
  await stage.settle(name);
  expect(await stage.capture(name)).toBeUndefined();
  expect(await stage.jobs(name)).toEqual([]);
  return { status: withoutTimes(ended?.status), nodes: jobs.map(nodeOf), announced: [...facts.values()] };
}

/** At most one Job for a Capture and a node, each with the Capture as its owner. */
function onePerNode(jobs: V1Job[], uid: string) {
  expect(jobs.map(nodeOf)).toEqual(NODES);
  for (const job of jobs) expect(job.metadata?.ownerReferences?.[0]?.uid).toBe(uid);
}

/** Wakes once at a time, and dies at request `k` counted over the whole life. */
function dyingAt(stage: Stage, k: number, way: Fault) {
  let seen = 0;
  let dead = false;
  let died = false;
  const fault = ({ method }: Passed): Fault | undefined => {
    if (dead) return 'lost'; // what is dead sends nothing more
    if (died || ++seen < k) return undefined;
    dead = died = true;
    return method === 'GET' ? 'lost' : way;
  };
  const wake = async (name: string) => {
    stage.proxy.fault = fault;
    await stage.wake([{ name }]);
    stage.proxy.fault = () => undefined;
    dead = false;
  };
  return { wake, died: () => died };
}
