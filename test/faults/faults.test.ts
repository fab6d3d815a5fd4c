import type { V1Job } from '@kubernetes/client-node';
import fc from 'fast-check';
import { paths } from '../../lib/kubernetes/paths.ts';
import { specOf } from '../lib/capture/fixtures.ts';
import { type Fault, failure, type Passed } from './fault-proxy.ts';
import { HOSTPATH_SPEC, NODES, nodeOf, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.proxy.fault = () => undefined;
  stage.settings.now = undefined;
  stage.settings.remainingMs = 60_000;
  stage.events.length = 0;
});

const apply = async () => (await stage.apply(HOSTPATH_SPEC)).metadata.name;
const reason = async (name: string) => (await stage.capture(name))?.status.conditions?.[0]?.reason;
const nodes = async (name: string) => (await stage.jobs(name)).map(nodeOf);
const isJobCreate = ({ method, path }: Passed) => method === 'POST' && path.includes('/jobs');
const isStatusWrite = ({ method, path }: Passed) => method === 'PUT' && path.endsWith('/status');
const isRead = (of: RegExp) => (request: Passed) => request.method === 'GET' && of.test(request.path);

/** A fault for the first `times` requests that match. */
function first(times: number, matches: (request: Passed) => boolean, fault: Fault) {
  let left = times;
  stage.proxy.fault = request => (matches(request) && left-- > 0 ? fault : undefined);
}

describe('Jobs', () => {
  test.each([1, 2, 3])('1: a crash after creating Job %i of 3 leaves the others to the next run', async k => {
    const name = await apply();
    let made = 0;
    stage.proxy.fault = request => {
      if (made >= k) return 'lost';
      if (isJobCreate(request)) made++;
      return undefined;
    };
    expect(await stage.wake([{ name }])).toEqual(['0']);
    expect(await nodes(name)).toHaveLength(k);
    stage.proxy.fault = () => undefined;
    await stage.settle(name);
    expect(await nodes(name)).toEqual(NODES);
  });

  test('2: a Job that was created though its answer was lost is not created twice', async () => {
    const name = await apply();
    first(1, isJobCreate, 'unanswered');
    await stage.wake([{ name }]);
    await stage.settle(name);
    expect(await nodes(name)).toEqual(NODES);
  });

  test('3: a Job whose creation was lost is created by the next run', async () => {
    const name = await apply();
    first(1, isJobCreate, 'lost');
    expect(await stage.wake([{ name }])).toEqual(['0']);
    await stage.settle(name);
    expect(await nodes(name)).toEqual(NODES);
  });

  test('4: a Job of our name that belongs to another is left alone, and named', async () => {
    const name = await apply();
    stage.proxy.fault = async request => {
      if (!isJobCreate(request)) return undefined;
      const job = JSON.parse(request.body) as V1Job;
      delete job.metadata?.ownerReferences;
      stage.proxy.fault = () => undefined;
      await stage.direct.create(paths.jobs('default'), job);
      return undefined;
    };
    await stage.settle(name);
    const condition = (await stage.capture(name))?.status.conditions?.[0];
    expect(condition).toMatchObject({
      reason: 'CreateJobFailed',
      message: expect.stringContaining('belongs to another'),
    });
    const foreign = (await stage.jobs(name)).filter(job => !job.metadata?.ownerReferences);
    expect(foreign).toHaveLength(1);
  });

  test('5: a list that does not show the Jobs yet makes no second ones', async () => {
    const name = await apply();
    await stage.settle(name);
    const before = await stage.jobs(name);
    const isList = isRead(/\/jobs\?/);
    stage.proxy.fault = request =>
      isList(request) ? { code: 200, body: JSON.stringify({ metadata: {}, items: [] }) } : undefined;
    await stage.wake([{ name }]);
    expect((await stage.jobs(name)).map(job => job.metadata?.uid)).toEqual(
      before.map(job => job.metadata?.uid),
    );
    expect(await reason(name)).toBe('JobsInProgress');
  });

  test('20: a Job that the server refuses is said with its words, not retried hot, and made when it may be', async () => {
    const name = await apply();
    const forbidden = failure(403, 'Forbidden');
    stage.proxy.requests.length = 0;
    stage.proxy.fault = request => (isJobCreate(request) ? forbidden : undefined);
    await stage.settle(name);
    expect(stage.proxy.requests.filter(isJobCreate)).toHaveLength(1);
    expect((await stage.capture(name))?.status.conditions?.[0]).toMatchObject({
      reason: 'CreateJobFailed',
      message: expect.stringContaining('Forbidden'),
    });
    stage.proxy.fault = () => undefined;
    await stage.wake([{ name, reason: 'sweep' }]);
    expect(await reason(name)).toBe('JobsInProgress');
  });

  test('20b: when Jobs are refused for too long, the Capture ends', async () => {
    const name = await apply();
    stage.proxy.fault = request => (isJobCreate(request) ? failure(422, 'Invalid') : undefined);
    await stage.settle(name);
    stage.settings.now = new Date(Date.now() + 3_600_000);
    await stage.settle(name);
    expect((await stage.capture(name))?.status).toMatchObject({ completionTime: expect.any(String) });
  });

  test('26: a Job that failed or ran out of time does not keep the others from completing', async () => {
    const name = await apply();
    await stage.settle(name);
    const [one, two, three] = await stage.jobs(name);
    await stage.finish(one!, 'Failed', 'no report');
    await stage.finish(two!, 'Complete');
    await stage.settle(name);
    expect((await stage.capture(name))?.status).toMatchObject({ active: 1, succeeded: 1, failed: 1 });
    await stage.finish(three!, 'Complete');
    await stage.settle(name);
    expect((await stage.capture(name))?.status).toMatchObject({ active: 0, succeeded: 2, failed: 1 });
    expect(await reason(name)).toBe('RunJobFailed');
  });

  test('27: a Job that was deleted counts as failed, and is not made again over the same file', async () => {
    const name = await apply();
    await stage.settle(name);
    const [one, ...rest] = await stage.jobs(name);
    await stage.direct.delete(paths.jobs('default', one!.metadata!.name!));
    for (const job of rest) await stage.finish(job, 'Complete');
    await stage.settle(name);
    expect(await nodes(name)).toEqual(['node-2', 'node-3']);
    expect((await stage.capture(name))?.status.conditions?.[0]?.message).toContain(
      'node-1 (its Job was deleted)',
    );
  });

  test('27b: once a Capture is complete, deleting its Jobs changes nothing', async () => {
    const name = await apply();
    await stage.settle(name);
    for (const job of await stage.jobs(name)) await stage.finish(job, 'Complete');
    await stage.settle(name);
    const before = await stage.capture(name);
    for (const job of await stage.jobs(name))
      await stage.direct.delete(paths.jobs('default', job.metadata!.name!));
    await stage.settle(name);
    expect(await stage.capture(name)).toEqual(before);
    expect(await nodes(name)).toEqual([]);
  });

  test('33: a Job whose labels were edited is still ours', async () => {
    const name = await apply();
    await stage.settle(name);
    const [one] = await stage.jobs(name);
    const path = paths.jobs('default', one!.metadata!.name!);
    await stage.direct.patch(path, 'merge', { metadata: { labels: { 'serverless-capture/uid': null } } });
    await stage.settle(name);
    expect((await stage.capture(name))?.status).toMatchObject({ active: 3, failed: 0 });
  });
});

describe('the Capture changes under our hands', () => {
  test('6: a stale read from before its deletion makes no Job that stays', async () => {
    const name = await apply();
    await stage.wake([{ name }]);
    const stale = JSON.stringify(await stage.direct.get(paths.captures('default', name)));
    await stage.direct.delete(paths.captures('default', name));
    await stage.settle(name);
    expect(await stage.capture(name)).toBeUndefined();
    stage.proxy.fault = ({ method, path }) =>
      method === 'GET' && path.endsWith(`/captures/${name}`) ? { code: 200, body: stale } : undefined;
    await stage.wake([{ name }]);
    stage.proxy.fault = () => undefined;
    expect(await stage.capture(name)).toBeUndefined(); // not raised from the dead
    await expectEventually(async () => expect(await nodes(name)).toEqual([]));
  });

  test('7: a stale read of an older spec is corrected, and never overwrites what is newer', async () => {
    const { name } = (await stage.apply(specOf({ target: {} }))).metadata;
    await stage.settle(name);
    const stale = JSON.stringify(await stage.direct.get(paths.captures('default', name)));
    const spec = { captureConfiguration: { captureTarget: { nodeSelector: {} } } };
    await stage.direct.patch(paths.captures('default', name), 'merge', { spec });
    first(1, isRead(new RegExp(`/captures/${name}$`)), { code: 200, body: stale });
    await stage.wake([{ name }]);
    await stage.settle(name);
    expect(await reason(name)).toBe('JobsInProgress');
    expect((await stage.capture(name))?.status.conditions?.[0]?.observedGeneration).toBe(2);
  });

  test('8: deleted before its Jobs are made: nothing survives', async () => {
    const name = await apply();
    stage.proxy.fault = async request => {
      if (!isJobCreate(request)) return undefined;
      stage.proxy.fault = () => undefined;
      await stage.direct.patch(paths.captures('default', name), 'merge', { metadata: { finalizers: null } });
      await stage.direct.delete(paths.captures('default', name));
      return undefined;
    };
    await stage.settle(name);
    expect(await stage.capture(name)).toBeUndefined();
    await expectEventually(async () => expect(await nodes(name)).toEqual([])); // collected, since the owner is gone
  });

  test('9: deleted and made again under the same name: nothing of the old one lands on the new one', async () => {
    const name = await apply();
    await stage.settle(name);
    for (const job of await stage.jobs(name)) await stage.finish(job, 'Complete');
    let reborn: string | undefined;
    stage.proxy.fault = async request => {
      if (reborn || !isStatusWrite(request)) return undefined;
      await stage.direct.patch(paths.captures('default', name), 'merge', { metadata: { finalizers: null } });
      await stage.direct.delete(paths.captures('default', name));
      reborn = (await stage.apply(HOSTPATH_SPEC, name)).metadata.uid;
      return undefined;
    };
    await stage.settle(name);
    expect(reborn).toBeDefined();
    const now = await stage.capture(name);
    expect(now?.metadata.uid).toBe(reborn);
    expect(now?.status).toMatchObject({ active: 3, succeeded: 0 });
    expect(now?.status).not.toHaveProperty('completionTime');
  });

  test('34: its record of targets is deleted: it ends, and is not started again over the same files', async () => {
    const name = await apply();
    await stage.settle(name);
    const [job] = await stage.jobs(name);
    const { items } = await stage.direct.list(paths.configMaps('default'), {
      labelSelector: `capture-name=${name}`,
    });
    await stage.direct.delete(paths.configMaps('default', items[0]!.metadata!.name!));
    await stage.direct.delete(paths.jobs('default', job!.metadata!.name!));
    await stage.settle(name);
    expect((await stage.capture(name))?.status).toMatchObject({
      completionTime: expect.any(String),
      conditions: [
        { type: 'error', message: expect.stringContaining('delete the Capture and apply it again') },
      ],
    });
    expect(await nodes(name)).toEqual(['node-2', 'node-3']);
  });

  test('34b: conditions that others set are kept, and do not hide ours', async () => {
    const name = await apply();
    await stage.settle(name);
    const foreign = {
      type: 'Reviewed',
      status: 'True',
      reason: 'R',
      message: 'm',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const capture = await stage.capture(name);
    const conditions = [...(capture?.status.conditions ?? []), foreign];
    await stage.direct.update(`${paths.captures('default', name)}/status`, {
      ...capture,
      status: { ...capture?.status, conditions },
    });
    for (const job of await stage.jobs(name)) await stage.finish(job, 'Complete');
    await stage.settle(name);
    expect((await stage.capture(name))?.status.conditions).toMatchObject([
      { reason: 'JobsCompleted' },
      foreign,
    ]);
  });

  test.each([1, 5])('14: a conflict on the status, %i times, is read again and overcome', async times => {
    const name = await apply();
    first(times, isStatusWrite, failure(409, 'Conflict'));
    expect(await stage.wake([{ name }])).toEqual([]);
    expect(await reason(name)).toBe('JobsInProgress');
  });

  test('14b: a conflict without end stops after a bounded number of requests, and the message comes again', async () => {
    const name = await apply();
    stage.proxy.requests.length = 0;
    stage.proxy.fault = request => (isStatusWrite(request) ? failure(409, 'Conflict') : undefined);
    expect(await stage.wake([{ name }])).toEqual(['0']);
    expect(stage.proxy.requests.length).toBeLessThan(150);
  });

  test('33b: a finalizer that was taken away is put back while there is something to clean up', async () => {
    const name = await apply();
    await stage.settle(name);
    await stage.direct.patch(paths.captures('default', name), 'merge', { metadata: { finalizers: null } });
    await stage.settle(name);
    expect((await stage.capture(name))?.metadata.finalizers).toEqual(['kappio.io/capture-cleanup']);
  });

  test('32: the finalizer stays until the Jobs are gone', async () => {
    const name = await apply();
    await stage.settle(name);
    await stage.direct.delete(paths.captures('default', name));
    first(
      1,
      ({ method, path }) => method === 'DELETE' && path.includes('/jobs/'),
      failure(500, 'InternalError'),
    );
    expect(await stage.wake([{ name }])).toEqual(['0']);
    expect(await stage.capture(name)).toBeDefined();
    first(1, ({ method, path }) => method === 'PUT' && path.endsWith(name), failure(409, 'Conflict'));
    await stage.settle(name);
    expect(await stage.capture(name)).toBeUndefined();
    expect(await nodes(name)).toEqual([]);
  });
});

describe('the API server', () => {
  const busy = (retryAfter?: string) =>
    failure(429, 'TooManyRequests', retryAfter ? { 'retry-after': retryAfter } : {});

  test.each([undefined, '0'])('15: busy for a moment (Retry-After %s)', async retryAfter => {
    const name = await apply();
    first(2, () => true, busy(retryAfter));
    expect(await stage.wake([{ name }])).toEqual([]);
    expect(await reason(name)).toBe('JobsInProgress');
  });

  test('15b: busy for longer than we have', async () => {
    const name = await apply();
    stage.proxy.requests.length = 0;
    first(1, () => true, busy('3600'));
    expect(await stage.wake([{ name }])).toEqual(['0']);
    expect(stage.proxy.requests).toHaveLength(1);
  });

  test.each<[string, Fault]>([
    ['500', failure(500, 'InternalError')],
    ['503', failure(503, 'ServiceUnavailable')],
    ['504', failure(504, 'Timeout')],
    ['a closed connection', 'lost'],
    ['an answer cut in its middle', 'cut'],
  ])('16: %s on any read is overcome at once', async (_, fault) => {
    const name = await apply();
    const broken = new Set<string>();
    stage.proxy.fault = ({ method, path }) => {
      if (method !== 'GET' || broken.has(path)) return undefined;
      broken.add(path);
      return fault;
    };
    expect(await stage.wake([{ name }])).toEqual([]);
    expect(await reason(name)).toBe('JobsInProgress');
  });

  test('17: a token that ran out is made anew once', async () => {
    const name = await apply();
    const asked: boolean[] = [];
    first(1, () => true, failure(401, 'Unauthorized'));
    expect(await stage.wake([{ name }], { token: async fresh => String(asked.push(fresh)) })).toEqual([]);
    expect(asked.filter(Boolean)).toHaveLength(1);
  });

  test('18: what is forbidden for one Capture does not hold up the others of the batch', async () => {
    const [one, two] = [await apply(), await apply()];
    stage.proxy.fault = request =>
      isJobCreate(request) && request.body.includes(`"${one}-`) ? failure(403, 'Forbidden') : undefined;
    expect(await stage.wake([{ name: one }, { name: two }])).toEqual([]);
    expect([await reason(one), await reason(two)]).toEqual(['CreateJobFailed', 'JobsInProgress']);
  });

  test('19: without the CRD, there is nothing to do and no storm', async () => {
    stage.proxy.requests.length = 0;
    stage.proxy.fault = ({ path }) => (path.includes('/captures') ? failure(404, 'NotFound') : undefined);
    expect(await stage.wake([{ name: 'x' }])).toEqual([]);
    expect(stage.proxy.requests).toHaveLength(1);
  });

  test('22: nothing is begun that cannot be finished in the time that is left', async () => {
    const name = await apply();
    stage.settings.remainingMs = 1_000;
    stage.proxy.requests.length = 0;
    expect(await stage.wake([{ name }])).toEqual(['0']);
    expect(stage.proxy.requests.every(({ method }) => method === 'GET')).toBe(true);
    stage.settings.remainingMs = 60_000;
    await stage.settle(name);
    expect(await reason(name)).toBe('JobsInProgress');
  });

  test('36: a clock that is ten minutes off starts and completes a Capture all the same', async () => {
    for (const minutes of [-10, 10]) {
      stage.settings.now = new Date(Date.now() + minutes * 60_000);
      const name = await apply();
      await stage.settle(name);
      for (const job of await stage.jobs(name)) await stage.finish(job, 'Complete');
      await stage.settle(name);
      expect(await reason(name)).toBe('JobsCompleted');
    }
  });
});

describe('events', () => {
  test('10: ten instances at once for the same event make one Job a node', async () => {
    const name = await apply();
    await Promise.all(Array.from({ length: 10 }, () => stage.wake([{ name }])));
    await stage.settle(name);
    expect(await nodes(name)).toEqual(NODES);
    expect(await reason(name)).toBe('JobsInProgress');
    const ids = stage.events.map(({ detail }) => detail.metadata.id);
    expect(new Set(ids).size).toBe(1); // announced again, perhaps, but as the same fact
  });

  test('12: with every event lost, one sweep starts a Capture and one ends it', async () => {
    const name = await apply();
    await stage.wake([{ name, reason: 'sweep' }]);
    for (const job of await stage.jobs(name)) await stage.finish(job, 'Complete');
    await stage.wake([{ name, reason: 'sweep' }]);
    expect(await reason(name)).toBe('JobsCompleted');
    expect(stage.logs.filter(line => line.includes('SweepRepairs')).length).toBeGreaterThanOrEqual(2);
  });

  test('13: a hint without a name finds the Captures of its namespace that are not finished', async () => {
    const [one, two] = [await apply(), await apply()];
    await stage.wake([{}]);
    expect([await reason(one), await reason(two)]).toEqual(['JobsInProgress', 'JobsInProgress']);
  });

  test('13b: one Capture that cannot be read does not hold up the others of its namespace', async () => {
    const [one, two] = [await apply(), await apply()];
    stage.proxy.fault = ({ path }) =>
      path.endsWith(`/captures/${one}`) ? failure(500, 'InternalError') : undefined;
    expect(await stage.wake([{}])).toEqual(['0']);
    expect([await reason(one), await reason(two)]).toEqual([undefined, 'JobsInProgress']);
  });

  test('23: a message that cannot be read fails alone', async () => {
    const name = await apply();
    expect(await stage.wake([{ name: '../secrets' }, { name }, { cluster: 'unknown', name }])).toEqual([
      '0',
      '2',
    ]);
    expect(await reason(name)).toBe('JobsInProgress');
  });

  test('40: the same name in another cluster is another Capture', async () => {
    const name = await apply();
    await stage.wake([{ cluster: 'prod', name }]);
    const [started] = stage.events;
    expect(started?.detail.data).toMatchObject({ cluster: 'prod', name });
  });

  test('11: hints in any order, lost or repeated, and steps of the world in between, come to the same end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('wake', 'wakeTwice', 'finishOne', 'sweep'), { maxLength: 8 }),
        async steps => {
          const name = await apply();
          for (const step of steps) {
            if (step === 'finishOne') {
              const open = (await stage.jobs(name)).find(job => !job.status?.conditions);
              if (open) await stage.finish(open, 'Complete');
            } else if (step === 'wakeTwice')
              await Promise.all([stage.wake([{ name }]), stage.wake([{ name }])]);
            else await stage.wake([{ name, reason: step }]);
          }
          await stage.settle(name);
          for (const job of await stage.jobs(name))
            if (!job.status?.conditions) await stage.finish(job, 'Complete');
          await stage.settle(name);
          expect((await stage.capture(name))?.status).toMatchObject({ active: 0, succeeded: 3, failed: 0 });
          expect(await nodes(name)).toEqual(NODES);
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});

async function expectEventually(check: () => Promise<void>) {
  for (let i = 0; i < 50; i++) {
    try {
      return await check();
    } catch {
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
  await check();
}
