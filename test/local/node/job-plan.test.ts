import type { V1Job, V1Pod } from '@kubernetes/client-node';
import fc from 'fast-check';
import { expiry, type Fates, isFinished, planJob, trackPods } from '../../../local/node/job-plan.ts';
import { wireTime } from '../../../local/node/objects.ts';

const NOW = Date.UTC(2026, 10, 22, 11);
const job = (spec: object = {}, status: object = {}) =>
  ({ metadata: { name: 'j', uid: 'u' }, spec: { backoffLimit: 0, ...spec }, status }) as V1Job;
let pods = 0;
const pod = (phase: string, deleted = false) =>
  ({
    metadata: { uid: `pod-${pods++}`, ...(deleted && { deletionTimestamp: wireTime(NOW) }) },
    status: { phase },
  }) as V1Pod;

/** The plan of a controller that has seen all the pods come, and `gone` of them vanish. */
function plan(of: V1Job, present: V1Pod[], gone = 0) {
  const fates: Fates = new Map(Array.from({ length: gone }, (_, i) => [`gone-${i}`, 'active']));
  trackPods(fates, present);
  return planJob(of, present, fates, NOW);
}

describe('planJob', () => {
  it('makes a pod and says when the Job began', () => {
    const planned = plan(job(), []);
    expect(planned).toMatchObject({ create: 1, remove: [], status: { startTime: '2026-11-22T11:00:00Z' } });
  });

  it.each(['Pending', 'Running'])('leaves a %s pod alone', phase => {
    expect(plan(job(), [pod(phase)])).toMatchObject({ create: 0, remove: [], status: { active: 1 } });
  });

  it('is complete when its pod has succeeded', () => {
    const { status, event, create } = plan(job({}, { active: 1 }), [pod('Succeeded')]);
    expect(create).toBe(0);
    expect(status).toMatchObject({
      active: 0,
      succeeded: 1,
      completionTime: '2026-11-22T11:00:00Z',
      conditions: [{ type: 'Complete', status: 'True' }],
    });
    expect(event).toMatchObject({ type: 'Normal', reason: 'Completed' });
  });

  it('fails with its first pod when nothing may fail', () => {
    const { status, event, create } = plan(job({}, { active: 1 }), [pod('Failed')]);
    expect(create).toBe(0);
    expect(status).toMatchObject({
      failed: 1,
      conditions: [{ type: 'Failed', reason: 'BackoffLimitExceeded' }],
    });
    expect(event).toMatchObject({ type: 'Warning', reason: 'BackoffLimitExceeded' });
  });

  it('tries again as often as it may', () => {
    const once = plan(job({ backoffLimit: 1 }, { active: 1 }), [pod('Failed')]);
    expect(once).toMatchObject({ create: 1, status: { failed: 1 } });
    const twice = plan(job({ backoffLimit: 1 }, { active: 1, failed: 1 }), [pod('Failed'), pod('Failed')]);
    expect(twice).toMatchObject({ create: 0, status: { conditions: [{ type: 'Failed' }] } });
  });

  it.each([
    ['is being deleted', [pod('Running', true)], 0],
    ['was deleted by force', [], 1],
  ])('takes a pod that %s for one that failed', (_, present, gone) => {
    expect(plan(job({}, { active: 1 }), present, gone).status).toMatchObject({
      failed: 1,
      conditions: [{ type: 'Failed' }],
    });
  });

  it('ends at its deadline, and its pods with it', () => {
    const late = job({ activeDeadlineSeconds: 60 }, { active: 1, startTime: wireTime(NOW - 60_000) });
    const running = pod('Running');
    const planned = plan(late, [running]);
    expect(planned.remove).toEqual([running]);
    expect(planned.status).toMatchObject({
      active: 0,
      failed: 1,
      conditions: [{ type: 'Failed', reason: 'DeadlineExceeded' }],
    });
  });

  it('asks to be woken at its deadline', () => {
    const early = job({ activeDeadlineSeconds: 60 }, { active: 1, startTime: wireTime(NOW - 20_000) });
    expect(plan(early, [pod('Running')]).wakeAfterMs).toBe(40_000);
  });

  it('runs as many pods at a time as it should', () => {
    const wide = (pods: V1Pod[], status = {}) => plan(job({ completions: 5, parallelism: 2 }, status), pods);
    expect(wide([]).create).toBe(2);
    expect(wide([pod('Succeeded'), pod('Running')], { active: 2 }).create).toBe(1);
    const last = [...Array(4).fill(pod('Succeeded')), pod('Running')];
    expect(wide(last, { active: 1, succeeded: 4 }).create).toBe(0);
  });

  it('always comes to an end, whatever happens to its pods', () => {
    const phases = fc.constantFrom('Succeeded', 'Failed', 'vanished');
    fc.assert(
      fc.property(fc.nat(3), fc.infiniteStream(phases), (backoffLimit, fates) => {
        let current = job({ backoffLimit });
        let present: V1Pod[] = [];
        const known: Fates = new Map();
        let failures = 0;
        for (let round = 0; ; round++) {
          trackPods(known, present);
          const { status, create } = planJob(current, present, known, NOW);
          current = { ...current, status };
          if (isFinished(current)) {
            expect(status.conditions?.[0]?.type).toBe(failures > backoffLimit ? 'Failed' : 'Complete');
            expect(status.failed).toBe(failures);
            return;
          }
          expect(create).toBe(1);
          expect(round).toBeLessThanOrEqual(backoffLimit + 1);
          const started = pod('Running');
          trackPods(known, [...present, started]);
          const fate = fates.next().value;
          if (fate !== 'Succeeded') failures++;
          if (fate !== 'vanished') present = [...present, { ...started, status: { phase: fate } }];
        }
      }),
    );
  });
});

describe('expiry', () => {
  const finished = { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: wireTime(NOW) }] };
  it('is the end and the time to live', () => {
    expect(expiry(job({ ttlSecondsAfterFinished: 300 }, finished))).toBe(NOW + 300_000);
  });
  it('is never without either', () => {
    expect(expiry(job({}, finished))).toBeUndefined();
    expect(expiry(job({ ttlSecondsAfterFinished: 300 }))).toBeUndefined();
  });
});
