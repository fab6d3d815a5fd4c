import { paths } from '../../../lib/kubernetes/paths.ts';
import {
  BUCKET,
  HOSTPATH_SPEC,
  keysOf,
  NODES,
  nodeOf,
  openStage,
  REPORT,
  S3_SPEC,
  type Stage,
} from '../../faults/stage.ts';
import { specOf } from './fixtures.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.settings.now = undefined;
  stage.settings.jobLimit = 0;
  stage.objects.heads.clear();
  stage.events.length = 0;
});

const nameOf = ({ metadata }: { metadata: { name: string } }) => metadata.name;
const status = async (name: string) => (await stage.capture(name))?.status;
const conditions = async (name: string) =>
  (await status(name))?.conditions?.map(({ type, status, reason, message }) => ({
    type,
    status,
    reason,
    message,
  }));
const announced = () => stage.events.map(({ detailType }) => detailType);

async function started(spec: unknown) {
  const name = nameOf(await stage.apply(spec));
  await stage.settle(name);
  return name;
}

describe('a Capture to a host path', () => {
  test('goes from nothing to running to completed', async () => {
    const name = await started(HOSTPATH_SPEC);
    expect((await stage.jobs(name)).map(nodeOf)).toEqual(NODES);
    expect(await conditions(name)).toEqual([
      {
        type: 'complete',
        status: 'False',
        reason: 'JobsInProgress',
        message: '3/3 Capture jobs are in progress, waiting for completion',
      },
    ]);
    expect(await status(name)).toMatchObject({
      active: 3,
      succeeded: 0,
      failed: 0,
      startTime: expect.any(String),
    });
    expect((await stage.capture(name))?.metadata).toMatchObject({
      finalizers: ['kappio.io/capture-cleanup'],
      annotations: { 'serverless-capture/hostpath': '/var/log/retina/captures/capture' },
    });

    const [first, ...rest] = await stage.jobs(name);
    await stage.finish(first!, 'Complete');
    await stage.settle(name);
    expect(await status(name)).toMatchObject({ active: 2, succeeded: 1 });

    for (const job of rest) await stage.finish(job, 'Complete');
    await stage.settle(name);
    expect(await conditions(name)).toEqual([
      {
        type: 'complete',
        status: 'True',
        reason: 'JobsCompleted',
        message: 'All 3 Capture jobs are completed',
      },
    ]);
    // the time of the last Job, not of the reconcile
    expect(await status(name)).toMatchObject({
      active: 0,
      succeeded: 3,
      completionTime: '2026-01-01T00:00:00Z',
    });
    expect(announced()).toEqual(['Capture Started', 'Capture Completed']);
  });

  test('writes nothing when there is nothing to do', async () => {
    const name = await started(HOSTPATH_SPEC);
    stage.proxy.requests.length = 0;
    await stage.settle(name);
    expect(stage.proxy.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET']);
  });

  test('a hundred hints are one reconcile', async () => {
    const name = await started(HOSTPATH_SPEC);
    stage.proxy.requests.length = 0;
    await stage.wake(Array.from({ length: 100 }, () => ({ name })));
    expect(stage.proxy.requests).toHaveLength(4);
  });

  test('says which node failed, and why, while the others go on', async () => {
    const name = await started(HOSTPATH_SPEC);
    const [first, ...rest] = await stage.jobs(name);
    await stage.finish(first!, 'Failed', { error: 'no space left on /tmp' });
    await stage.settle(name);
    expect(await status(name)).toMatchObject({ active: 2, failed: 1 });
    expect((await conditions(name))?.map(({ type }) => type)).toEqual(['error', 'complete']);

    for (const job of rest) await stage.finish(job, 'Complete');
    await stage.settle(name);
    expect(await conditions(name)).toEqual([
      {
        type: 'error',
        status: 'True',
        reason: 'RunJobFailed',
        message: '1 Capture jobs are in failed state: node-1 (BackoffLimitExceeded: no space left on /tmp)',
      },
    ]);
    expect(await status(name)).toMatchObject({
      active: 0,
      succeeded: 2,
      failed: 1,
      completionTime: expect.any(String),
    });
    expect(announced()).toEqual(['Capture Started', 'Capture Failed']);
  });

  test.each([
    [
      'an image that cannot be pulled',
      { containerStatuses: [{ name: 'capture', state: { waiting: { reason: 'ErrImagePull' } } }] },
      'node-1 (ImagePullBackOff)',
    ],
    [
      'a pod that cannot be placed',
      {
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' },
        ],
      },
      'node-1 (Unschedulable: 0/3 nodes)',
    ],
  ])('says that it waits for %s', async (_, podStatus, words) => {
    const name = await started(HOSTPATH_SPEC);
    const [job] = await stage.jobs(name);
    await stage.leavePod(job!, { phase: 'Pending', ...podStatus });
    await stage.settle(name);
    expect((await conditions(name))?.[0]?.message).toBe(
      `3/3 Capture jobs are in progress, waiting for completion: ${words}`,
    );
  });

  test('is not started again by an edit, and stays on the targets it had', async () => {
    const name = await started(HOSTPATH_SPEC);
    const jobs = (await stage.jobs(name)).map(job => job.metadata?.name);
    const spec = {
      captureConfiguration: { captureTarget: { nodeSelector: { matchLabels: { no: 'such' } } } },
    };
    await stage.direct.patch(paths.captures('default', name), 'merge', { spec });
    await stage.settle(name);
    expect((await stage.jobs(name)).map(job => job.metadata?.name)).toEqual(jobs);
    expect((await conditions(name))?.[0]?.reason).toBe('JobsInProgress');
  });

  test('is deleted with its Jobs, and only with its own', async () => {
    const name = await started(HOSTPATH_SPEC);
    const other = await started(HOSTPATH_SPEC);
    await stage.direct.delete(paths.captures('default', name));
    expect(await stage.capture(name)).toBeDefined(); // the finalizer holds it
    await stage.settle(name);
    expect(await stage.capture(name)).toBeUndefined();
    expect(await stage.jobs(name)).toEqual([]);
    expect(await stage.jobs(other)).toHaveLength(3);
  });
});

describe('what cannot run', () => {
  const secret = { s3Upload: { bucket: BUCKET, region: 'us-east-1', secretName: 'absent' } };
  test.each([
    ['no target', specOf({ target: {} }), 'OtherError', /neither NodeSelector/],
    [
      'two kinds of target',
      specOf({ target: { nodeSelector: {}, podSelector: {} } }),
      'OtherError',
      /not compatible/,
    ],
    [
      'nothing selected',
      specOf({ target: { nodeSelector: { matchLabels: { a: 'b' } } } }),
      'OtherError',
      /no targets are selected/,
    ],
    [
      'an unknown pod',
      specOf({ target: { podNames: ['absent'] } }),
      'OtherError',
      /failed to get pod absent in namespace default/,
    ],
    [
      'a filter',
      specOf({ option: { duration: '1s', pcapFilter: 'tcp prot 80' } }),
      'OtherError',
      /captureOption.pcapFilter/,
    ],
    ['a missing Secret', specOf({ output: secret }), 'FindSecretFailed', /secretName: absent\/default/],
    [
      'a missing claim',
      specOf({ output: { persistentVolumeClaim: 'absent' } }),
      'OtherError',
      /failed to get pvc default\/absent/,
    ],
    ['a path that climbs out', specOf({ output: { hostPath: '../etc' } }), 'OtherError', /HostPath/],
  ])('%s is said in the status, and no Job is made', async (_, spec, reason, message) => {
    const name = await started(spec);
    expect(await conditions(name)).toEqual([
      { type: 'error', status: 'True', reason, message: expect.stringMatching(message) },
    ]);
    expect(await stage.jobs(name)).toEqual([]);
    expect(announced()).toEqual(['Capture Failed']);
    stage.proxy.requests.length = 0;
    await stage.settle(name);
    expect(stage.proxy.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('more nodes than the limit', async () => {
    stage.settings.jobLimit = 2;
    const name = await started(HOSTPATH_SPEC);
    expect((await conditions(name))?.[0]).toMatchObject({
      reason: 'ExceedJobNumLimit',
      message: 'the number of capture jobs 3 exceeds the limit 2',
    });
    stage.settings.jobLimit = 3;
    await stage.settle(name);
    expect((await conditions(name))?.[0]?.reason).toBe('JobsInProgress');
  });

  test('starts once the Secret is there, with its keys, and without its values in any Job or event', async () => {
    const name = await started(specOf({ output: { s3Upload: { ...secret.s3Upload, secretName: 'late' } } }));
    const make = (stringData: Record<string, string>) => {
      const data = Object.fromEntries(
        Object.entries(stringData).map(([k, v]) => [k, Buffer.from(v).toString('base64')]),
      );
      return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late' }, data };
    };
    await stage.direct.create(paths.secrets('default'), make({ 's3-access-key-id': 'AKIASECRET' }));
    await stage.wake([{}]); // a Secret's event: the whole namespace is looked at
    expect((await conditions(name))?.[0]).toMatchObject({
      reason: 'FindSecretFailed',
      message: expect.stringContaining('lacks the key s3-secret-access-key'),
    });
    await stage.direct.delete(paths.secrets('default', 'late'));
    const whole = make({ 's3-access-key-id': 'AKIASECRET', 's3-secret-access-key': 'hunter2' });
    await stage.direct.create(paths.secrets('default'), whole);
    await stage.wake([{}]);
    expect((await conditions(name))?.[0]?.reason).toBe('JobsInProgress');
    const written = JSON.stringify([await stage.jobs(name), stage.events, stage.logs]);
    for (const { value } of Object.entries(whole.data).map(([, v]) => ({ value: v }))) {
      expect(written).not.toContain(value);
      expect(written).not.toContain(Buffer.from(value, 'base64').toString());
    }
  });
});

describe('a Capture to a bucket', () => {
  const FINISHED = new Date('2026-01-01T00:05:00Z'); // five minutes after the Jobs

  async function ended(report: Partial<typeof REPORT> | string = {}, spec: unknown = S3_SPEC) {
    stage.settings.now = new Date('2025-12-31T23:59:00Z');
    const capture = await stage.apply(spec);
    await stage.settle(nameOf(capture));
    for (const job of await stage.jobs(nameOf(capture))) await stage.finish(job, 'Complete', report);
    stage.settings.now = FINISHED;
    return { capture, name: nameOf(capture), keys: await keysOf(stage, capture, 'raw') };
  }

  test('is complete when every file is there, with the size and checksum that were written', async () => {
    const { name, keys } = await ended();
    for (const key of keys) stage.objects.heads.set(key, { size: REPORT.bytes, crc32: REPORT.crc32 });
    await stage.settle(name);
    expect((await conditions(name))?.[0]?.reason).toBe('JobsCompleted');
  });

  test.each([
    ['is not there', undefined, /waiting for files: node-2: s3:\/\/captures\/raw\/.*-node-2-.* is not there/],
    ['is too small', { size: 5 }, /has 5 bytes, but 1000 were written/],
    ['is another', { size: 1000, crc32: 'BBBBBB==' }, /has another checksum than what was written/],
  ])('waits while a file %s, and fails at the deadline naming the node', async (_, head, message) => {
    const { name, keys } = await ended();
    for (const key of keys) stage.objects.heads.set(key, { size: REPORT.bytes });
    stage.objects.heads.delete(keys[1]!);
    if (head) stage.objects.heads.set(keys[1]!, head);
    await stage.settle(name);
    expect(await conditions(name)).toEqual([
      {
        type: 'complete',
        status: 'False',
        reason: 'JobsInProgress',
        message: expect.stringMatching(message),
      },
    ]);
    expect(await status(name)).not.toHaveProperty('completionTime');

    stage.settings.now = new Date('2026-01-01T00:10:01Z');
    await stage.settle(name);
    expect(await conditions(name)).toEqual([
      {
        type: 'error',
        status: 'True',
        reason: 'UploadNotObserved',
        message: expect.stringContaining('node-2: s3://'),
      },
    ]);
  });

  test('takes the key from the report', async () => {
    const key = 'elsewhere/x.tar.gz';
    const { name } = await ended({ outputs: [{ type: 'S3Upload', bucket: BUCKET, key, etag: 'e' }] });
    stage.objects.heads.set(key, { size: REPORT.bytes });
    await stage.settle(name);
    expect((await conditions(name))?.[0]?.reason).toBe('JobsCompleted');
  });

  test('finds the file where the stock image puts it, which leaves no report', async () => {
    const { name, keys } = await ended('no report');
    for (const key of keys) stage.objects.heads.set(key.replace('raw/', 'raw/tmp/'), { size: 3 });
    await stage.settle(name);
    expect((await conditions(name))?.[0]?.reason).toBe('JobsCompleted');
  });

  test('does not take a file of an earlier time for its own', async () => {
    const { name, keys } = await ended('no report');
    for (const key of keys)
      stage.objects.heads.set(key, { size: 3, modified: new Date('2025-01-01T00:00:00Z') });
    await stage.settle(name);
    expect((await conditions(name))?.[0]?.message).toContain('is older than this Capture');
  });

  test('is deleted after its proof when it asked for that, and not before', async () => {
    const { name, keys } = await ended({}, { ...S3_SPEC, cleanUpAfterUpload: true });
    await stage.settle(name);
    expect(await stage.capture(name)).toBeDefined();
    for (const key of keys) stage.objects.heads.set(key, { size: REPORT.bytes });
    await stage.settle(name);
    expect(await stage.capture(name)).toBeUndefined();
    expect(await stage.jobs(name)).toEqual([]);
    expect(announced()).toContain('Capture Completed');
  });

  test.each([
    ['a host path', specOf({ cleanUpAfterUpload: true }), {}],
    [
      'a claim nobody reports on',
      specOf({ output: { blobUpload: 'sas' }, cleanUpAfterUpload: true }),
      'no report',
    ],
  ])('is kept when it asked to be deleted but only has %s', async (_, spec, report) => {
    const data = { 'blob-upload-url': 'aHR0cHM6Ly94' };
    const sas = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sas' }, data };
    await stage.direct.create(paths.secrets('default'), sas).catch(() => undefined);
    const { name } = await ended(report, spec);
    await stage.settle(name);
    expect((await conditions(name))?.[0]?.reason).toBe('JobsCompleted');
    expect(await stage.capture(name)).toBeDefined();
  });
});

describe('targets', () => {
  const pod = async (
    namespace: string,
    name: string,
    labels: object,
    node: string | undefined,
    ip?: string,
  ) => {
    const spec = { containers: [{ name: 'c', image: 'i' }], ...(node && { nodeName: node }) };
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec };
    const made = await stage.direct.create<object>(paths.pods(namespace), object);
    const status = { phase: 'Running', ...(ip && { podIP: ip, podIPs: [{ ip }, { ip: 'fd00::1' }] }) };
    await stage.direct.update(`${paths.pods(namespace, name)}/status`, { ...made, status });
  };
  beforeAll(async () => {
    for (const [name, app] of [
      ['shop', 'target-app'],
      ['other', 'other'],
    ]) {
      await stage.direct.create(paths.namespaces(), {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { app } },
      });
    }
    await pod('shop', 'web-1', { app: 'web' }, 'node-1', '10.1.0.1');
    await pod('shop', 'web-2', { app: 'web' }, 'node-1', '10.1.0.2');
    await pod('shop', 'db', { app: 'db' }, 'node-2', '10.2.0.1');
    await pod('shop', 'unscheduled', { app: 'web' }, undefined);
    await pod('other', 'web-3', { app: 'web' }, 'node-3', '10.3.0.1');
    await pod('default', 'mine', { app: 'web' }, 'node-2', '10.2.0.9');
  });

  const env = (job: Awaited<ReturnType<Stage['jobs']>>[number], name: string) =>
    job.spec?.template.spec?.containers[0]?.env?.find(variable => variable.name === name)?.value;

  test.each([
    [
      'a namespace selector alone: every pod in it',
      { namespaceSelector: { matchLabels: { app: 'target-app' } } },
      [
        ['node-1', '(host 10.1.0.1 or host fd00::1 or host 10.1.0.2)'],
        ['node-2', '(host 10.2.0.1 or host fd00::1)'],
      ],
    ],
    [
      'a pod selector alone: in the namespace of the Capture',
      { podSelector: { matchLabels: { app: 'web' } } },
      [['node-2', '(host 10.2.0.9 or host fd00::1)']],
    ],
    [
      'both',
      {
        namespaceSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
        podSelector: { matchLabels: { app: 'web' } },
      },
      [
        ['node-1', '(host 10.1.0.1 or host fd00::1 or host 10.1.0.2)'],
        ['node-3', '(host 10.3.0.1 or host fd00::1)'],
      ],
    ],
    [
      'all namespaces',
      { namespaceSelector: {}, podSelector: { matchLabels: { app: 'db' } } },
      [['node-2', '(host 10.2.0.1 or host fd00::1)']],
    ],
    ['names', { podNames: ['mine'] }, [['node-2', '(host 10.2.0.9 or host fd00::1)']]],
    ['all nodes', { nodeSelector: {} }, NODES.map(node => [node, undefined])],
    [
      'one node',
      {
        nodeSelector: {
          matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-2'] }],
        },
      },
      [['node-2', undefined]],
    ],
  ])('by %s', async (_, target, expected) => {
    const name = await started(specOf({ target }));
    const jobs = await stage.jobs(name);
    expect(jobs.map(job => [nodeOf(job), env(job, 'TCPDUMP_FILTER')])).toEqual(expected);
  });

  test('a pod without an address is named, and no Job is made', async () => {
    const name = await started(specOf({ target: { podNames: ['unscheduled'] } }));
    expect((await conditions(name))?.[0]?.message).toContain('pod unscheduled in namespace default');
  });

  test('a label that would change the meaning of the selector is refused', async () => {
    const name = await started(specOf({ target: { nodeSelector: { matchLabels: { a: 'b,c!=d' } } } }));
    expect((await conditions(name))?.[0]?.message).toContain(
      'captureTarget.nodeSelector: "b,c!=d" is not the value of a label',
    );
  });
});
