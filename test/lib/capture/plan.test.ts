import fc from 'fast-check';
import type { JobState } from '../../../lib/capture/job-state.ts';
import { type Action, type Observed, plan } from '../../../lib/capture/plan.ts';
import type { Proof } from '../../../lib/capture/proof.ts';
import { captureOf, frozenOf, specOf } from './fixtures.ts';

const settings = {
  cluster: 'prod',
  server: 'https://api',
  image: 'i',
  hostPathBaseDir: '/base',
  uploadDeadlineSeconds: 600,
};
const NOW = new Date('2026-01-02T04:00:00Z');
const types = (actions: Action[]) => actions.map(({ type }) => type);

const phase = fc.constantFrom<JobState['phase'] | 'missing'>('active', 'succeeded', 'failed', 'missing');
const proof = fc.constantFrom<Proof['state']>('proven', 'reported', 'unverified', 'missing');

/** Anything that could be read of a Capture that has its finalizer. */
const world: fc.Arbitrary<Observed> = fc
  .record({
    phases: fc.array(fc.tuple(phase, proof, fc.nat(3600)), { minLength: 1, maxLength: 5 }),
    started: fc.boolean(),
    frozen: fc.boolean(),
    deleting: fc.boolean(),
    final: fc.boolean(),
    cleanUpAfterUpload: fc.boolean(),
    refused: fc.boolean(),
  })
  .map(({ phases, started, frozen, deleting, final, cleanUpAfterUpload, refused }) => {
    const output = { s3Upload: { bucket: 'b', region: 'r' } };
    const spec = specOf({ output, cleanUpAfterUpload });
    const targets = phases.map((_, i) => ({ node: `n${i}`, podIPs: [] }));
    const jobs = phases.flatMap(([phase, , ago], i): JobState[] => {
      if (phase === 'missing') return [];
      const finished = new Date(NOW.getTime() - ago * 1000).toISOString();
      return [{ node: `n${i}`, name: `j${i}`, uid: `u${i}`, phase, ...(phase !== 'active' && { finished }) }];
    });
    const succeeded = jobs.length === targets.length && jobs.every(job => job.phase === 'succeeded');
    const capture = captureOf(
      spec,
      {
        finalizers: ['kappio.io/capture-cleanup'],
        ...(deleting && { deletionTimestamp: NOW.toISOString() }),
      },
      {
        ...((started || final) && { startTime: '2026-01-02T03:04:05Z' }),
        ...(final && {
          completionTime: '2026-01-02T03:10:00Z',
          conditions: [
            { type: 'complete', status: 'True', reason: 'R', message: '', lastTransitionTime: 't' },
          ],
        }),
      },
    );
    return {
      capture,
      ...(frozen || started || final
        ? { frozen: frozenOf(spec, targets) }
        : { start: { spec: frozenOf(spec, []).spec, targets } }),
      jobs,
      missing: targets.filter((_, i) => phases[i]?.[0] === 'missing'),
      proofs: succeeded ? phases.map(([, state], i) => ({ node: `n${i}`, state, detail: 'd' })) : [],
      ...(refused && { refusal: 'quota' }),
    };
  });

const forAll = (check: (observed: Observed, actions: Action[]) => void) =>
  fc.assert(
    fc.property(world, observed => check(observed, plan(observed, NOW, settings))),
    { numRuns: 2000 },
  );

const statusOf = (actions: Action[]) =>
  actions.find(action => action.type === 'updateStatus')?.capture.status;
const isTrue = (actions: Action[], type: string) =>
  statusOf(actions)?.conditions?.some(condition => condition.type === type && condition.status === 'True');

test('a final Capture is never written to, and nothing is made for it', () => {
  forAll(({ capture }, actions) => {
    if (capture.status.completionTime === undefined) return;
    expect(types(actions).every(type => ['deleteCapture', 'deleteJob', 'release'].includes(type))).toBe(true);
  });
});

test('a Capture that is being deleted gets no new children, and is released only when its Jobs are gone', () => {
  forAll(({ capture, jobs }, actions) => {
    if (capture.metadata.deletionTimestamp === undefined) return;
    expect(types(actions).some(type => ['createJob', 'freeze', 'updateStatus'].includes(type))).toBe(false);
    expect(types(actions).includes('release')).toBe(jobs.length === 0);
  });
});

test('Jobs are made for exactly what is missing, once targets are fixed, and never again after the start', () => {
  forAll(({ capture, frozen, missing }, actions) => {
    const made = actions.flatMap(action =>
      action.type === 'createJob' ? [action.job.metadata?.annotations] : [],
    );
    if (made.length === 0) return;
    expect(frozen).toBeDefined();
    expect(capture.status.startTime).toBeUndefined();
    expect(made.map(a => a?.['serverless-capture/node'])).toEqual(missing.map(({ node }) => node));
  });
});

test('complete means that every Job succeeded and no file is missing', () => {
  forAll(({ jobs, missing, proofs }, actions) => {
    if (!isTrue(actions, 'complete')) return;
    expect(missing).toEqual([]);
    expect(jobs.every(job => job.phase === 'succeeded')).toBe(true);
    expect(proofs.some(({ state }) => state === 'missing')).toBe(false);
  });
});

test('nothing is cleaned up unless every file is proven or reported', () => {
  forAll(({ frozen, proofs }, actions) => {
    if (!types(actions).includes('deleteCapture')) return;
    expect(frozen?.spec.cleanUpAfterUpload).toBe(true);
    expect(proofs.length).toBe(frozen?.targets.length);
    expect(proofs.every(({ state }) => state === 'proven' || state === 'reported')).toBe(true);
  });
});

test('no Capture ends while a Job is active', () => {
  forAll(({ jobs }, actions) => {
    if (statusOf(actions)?.completionTime === undefined) return;
    expect(jobs.some(job => job.phase === 'active')).toBe(false);
  });
});

test('complete and error are never both true', () => {
  forAll((_, actions) => {
    expect(isTrue(actions, 'complete') && isTrue(actions, 'error')).toBeFalsy();
  });
});

test('once its status is written, the same world asks for nothing more', () => {
  forAll((observed, actions) => {
    const written = actions.find(action => action.type === 'updateStatus');
    if (!written) return;
    const later = new Date(NOW.getTime() + 1000);
    const again = plan({ ...observed, capture: written.capture }, later, settings);
    expect(types(again).filter(type => type !== 'deleteCapture')).toEqual([]);
  });
});

test('what a status counts adds up to the targets', () => {
  forAll(({ frozen, capture }, actions) => {
    const status = statusOf(actions);
    if (!status?.startTime || !frozen || !capture) return;
    expect((status.active ?? 0) + (status.succeeded ?? 0) + (status.failed ?? 0)).toBe(frozen.targets.length);
  });
});

test('the same world and time give the same plan', () => {
  forAll((observed, actions) => expect(plan(observed, NOW, settings)).toEqual(actions));
});
