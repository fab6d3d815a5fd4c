import type { V1Job } from '@kubernetes/client-node';
import { paths } from '../../lib/kubernetes/paths.ts';
import type { Fault, Passed } from './fault-proxy.ts';
import { keysOf, NODES, nodeOf, openStage, REPORT, S3_SPEC, type Stage } from './stage.ts';

/**
 * Every place at which a function can die: before a request is sent, and after it was applied but not acknowledged.
 * For each of them the function stops there for good, a new instance takes over, and the world must come out the
 * same as if nothing had happened.
 */
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.proxy.fault = () => undefined;
  stage.settings.now = new Date('2026-01-01T00:05:00Z'); // five minutes after the end of the Jobs
});

const withoutTimes = (value: unknown) =>
  JSON.parse(JSON.stringify(value), (key, v) => (/Time$|^resourceVersion$|^uid$/.test(key) ? undefined : v));

/** From the apply to the end, waking the functions at each step; `wake` may be interrupted. */
async function live(wake: (name: string) => Promise<void>) {
  const capture = await stage.apply(S3_SPEC);
  const { name, uid } = capture.metadata;
  stage.events.length = 0;
  await wake(name);
  await stage.settle(name);
  const jobs = await stage.jobs(name);
  await onePerNode(jobs, uid);
  for (const job of jobs) await stage.finish(job, 'Complete');
  await wake(name);
  for (const key of await keysOf(stage, capture, 'raw')) stage.objects.heads.set(key, { size: REPORT.bytes });
  await wake(name);
  await stage.settle(name);
  const ended = await stage.capture(name);
  const sent = [
    ...new Set(stage.events.map(({ detailType, detail }) => `${detailType} ${detail.metadata.id}`)),
  ];
  await stage.direct.delete(paths.captures('default', name));
  await wake(name);
  await stage.settle(name);
  expect(await stage.capture(name)).toBeUndefined(); // I4
  expect(await stage.jobs(name)).toEqual([]); // I3
  return {
    status: withoutTimes(ended?.status),
    nodes: jobs.map(nodeOf),
    announced: sent.map(text => text.replace(/ \S+$/, '')),
  };
}

/** I1: at most one Job for a Capture and a node, each with the Capture as its owner. */
async function onePerNode(jobs: V1Job[], uid: string) {
  expect(jobs.map(nodeOf)).toEqual(NODES);
  for (const job of jobs) expect(job.metadata?.ownerReferences?.[0]?.uid).toBe(uid);
}

/** Wakes once, with a death at request `k` counted over the whole life; nothing passes afterwards. */
function dyingAt(k: number, way: Fault) {
  let seen = 0;
  let deaths = 0;
  const wake = async (name: string) => {
    stage.proxy.fault = (request: Passed) => {
      seen++;
      if (seen === k) deaths++;
      // a read repeated after its answer was lost must not count as the death of the process
      return seen === k && request.method !== 'GET'
        ? way
        : seen >= k && seen < k + 1000 && deaths
          ? 'lost'
          : undefined;
    };
    await stage.wake([{ name }]);
    stage.proxy.fault = () => undefined;
    if (deaths) seen += 1000;
  };
  return { wake, died: () => deaths > 0 };
}

test('a function that dies at any request, before or after it is applied, leaves nothing wrong behind', async () => {
  let requests = 0;
  const oracle = await live(async name => {
    stage.proxy.requests.length = 0;
    await stage.settle(name);
    requests += stage.proxy.requests.length;
  });
  expect(oracle.announced).toEqual(['Capture Started', 'Capture Completed']);
  expect(oracle.status.conditions).toMatchObject([
    { type: 'complete', status: 'True', reason: 'JobsCompleted' },
  ]);
  expect(requests).toBeGreaterThan(30);

  let died = 0;
  for (let k = 1; k <= requests; k++) {
    for (const way of ['lost', 'unanswered'] as const) {
      const death = dyingAt(k, way);
      const outcome = await live(death.wake);
      if (death.died()) died++;
      expect({ k, way, outcome }).toEqual({ k, way, outcome: oracle });
    }
  }
  expect(died).toBe(2 * requests);
}, 180_000);
