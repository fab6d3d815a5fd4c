import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { V1Pod } from '@kubernetes/client-node';
import { paths } from '../../../lib/kubernetes/paths.ts';
import { Report } from '../../../lib/storage/report.ts';
import {
  condition,
  createJob,
  createNode,
  eventsOf,
  eventually,
  finishedJob,
  getJob,
  NAMESPACE,
  podInPhase,
  podsOf,
  startWorld,
} from './world.ts';

/** Prints as JSON what the container sees. */
const LOOK = [
  process.execPath,
  '-e',
  'process.stdout.write(JSON.stringify(process.env)); process.exit(Number(process.env.CODE ?? 0))',
];
const SLEEP = ['sleep', '60'];

let world: Awaited<ReturnType<typeof startWorld>>;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

const waitingReason = (pod?: V1Pod) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason;
const terminated = (pod: V1Pod) => pod.status?.containerStatuses?.[0]?.state?.terminated;
const logOf = (pod: V1Pod) => text(world.podLogs(NAMESPACE, pod.metadata!.name!, 'main'));
const hasReason = (reason: string) => (pods: V1Pod[]) => waitingReason(pods[0]) === reason;

describe('a Job', () => {
  it('runs to its end, and everyone can see how', async () => {
    const { client } = world;
    await createJob(client, LOOK);
    const job = await finishedJob(client);
    expect(condition(job)).toMatchObject({ type: 'Complete' });
    expect(job.status).toMatchObject({
      succeeded: 1,
      startTime: expect.any(String),
      completionTime: expect.any(String),
    });
    expect(job.status?.active).toBeUndefined();
    const [pod] = await podsOf(client);
    expect(pod).toMatchObject({ spec: { nodeName: 'node-1' }, status: { phase: 'Succeeded' } });
    expect(terminated(pod!)).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(JSON.parse(await logOf(pod!))).toMatchObject({
      AWS_REGION: 'eu-west-1',
      HOSTNAME: pod!.metadata!.name,
    });
    const events = () => eventsOf(client, 'job');
    await eventually('the events', events, reasons => reasons.join() === 'SuccessfulCreate,Completed');
  });

  it('fails with its command', async () => {
    await createJob(world.client, LOOK, { container: { env: [{ name: 'CODE', value: '3' }] } });
    const job = await finishedJob(world.client);
    expect(condition(job)).toMatchObject({ type: 'Failed', reason: 'BackoffLimitExceeded' });
    expect(job.status?.failed).toBe(1);
    const pod = await podInPhase(world.client, 'Failed');
    expect(terminated(pod)).toMatchObject({ exitCode: 3, reason: 'Error' });
  });

  it('tries again within its limit', async () => {
    await createJob(world.client, ['false'], { spec: { backoffLimit: 1 } });
    expect((await finishedJob(world.client)).status?.failed).toBe(2);
    expect(await podsOf(world.client)).toHaveLength(2);
  });

  it('ends at its deadline', async () => {
    await createJob(world.client, SLEEP, {
      spec: { activeDeadlineSeconds: 1 },
      pod: { terminationGracePeriodSeconds: 1 },
    });
    expect(condition(await finishedJob(world.client))).toMatchObject({
      type: 'Failed',
      reason: 'DeadlineExceeded',
    });
    await eventually(
      'the end of the pod',
      () => podsOf(world.client),
      pods => pods.length === 0,
    );
  });

  it('is removed when its time to live is over, with its pods', async () => {
    await createJob(world.client, ['true'], { spec: { ttlSecondsAfterFinished: 1 } });
    await finishedJob(world.client);
    const jobs = () => world.client.list(paths.jobs(NAMESPACE));
    await eventually('the removal', jobs, ({ items }) => items.length === 0);
    await eventually(
      'the removal of the pod',
      () => podsOf(world.client),
      pods => pods.length === 0,
    );
  });

  it('is written by the users that write it in a real cluster', async () => {
    await createJob(world.client, ['true']);
    await finishedJob(world.client);
    const users = (resource: string, verb: string) =>
      new Set(
        world.audit
          .filter(event => event.objectRef?.resource === resource && event.verb === verb)
          .map(event => event.user.username),
      );
    expect([...users('jobs', 'update')]).toEqual(['system:serviceaccount:kube-system:job-controller']);
    expect([...users('pods', 'patch')]).toEqual(['system:node:node-1']);
  });
});

describe('a container', () => {
  it('gets the variables of its spec', async () => {
    const { client } = world;
    await client.create(paths.secrets(NAMESPACE), {
      metadata: { name: 'keys' },
      ...{ data: { token: Buffer.from('s3cret').toString('base64') } },
    });
    const field = (fieldPath: string) => ({ fieldRef: { fieldPath } });
    await createJob(client, LOOK, {
      container: {
        env: [
          { name: 'PLAIN', value: 'a $b' },
          { name: 'POD_NAME', valueFrom: field('metadata.name') },
          { name: 'NODE', valueFrom: field('spec.nodeName') },
          { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
          { name: 'MAYBE', valueFrom: { secretKeyRef: { name: 'gone', key: 'x', optional: true } } },
          { name: 'JOINED', value: '$(NODE)/$(UNKNOWN)/$$(NODE)' },
        ],
      },
    });
    await finishedJob(client);
    const [pod] = await podsOf(client);
    const env = JSON.parse(await logOf(pod!));
    expect(env).toMatchObject({
      PLAIN: 'a $b',
      POD_NAME: pod!.metadata!.name,
      NODE: 'node-1',
      TOKEN: 's3cret',
      JOINED: 'node-1/$(UNKNOWN)/$(NODE)',
    });
    expect(env).not.toHaveProperty('MAYBE');
  });

  it('finds its volumes at their paths, and leaves what is not its own', async () => {
    const { client, dataDir } = world;
    await client.create(paths.secrets(NAMESPACE), {
      metadata: { name: 'keys' },
      ...{ data: { 's3-access-key-id': Buffer.from('AKID').toString('base64') } },
    });
    await client.create(paths.persistentVolumeClaims(NAMESPACE), {
      metadata: { name: 'claim' },
      ...{ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    });
    const program = `const { readFileSync, statSync, writeFileSync } = require('fs');
      const root = process.env.CONTAINER_SANDBOX_MOUNT_POINT;
      const key = root + '/etc/s3/s3-access-key-id';
      writeFileSync(root + '/captures/a', 'on the node');
      writeFileSync(root + '/mnt/azure/b', 'on the claim');
      writeFileSync(root + '/scratch/c', 'nowhere');
      console.log(readFileSync(key, 'utf8'), (statSync(key).mode & 0o777).toString(8));`;
    await createJob(client, [process.execPath, '-e', program], {
      container: {
        volumeMounts: [
          { name: 'host', mountPath: '/captures' },
          { name: 'secret', mountPath: '/etc/s3', readOnly: true },
          { name: 'claim', mountPath: '/mnt/azure' },
          { name: 'scratch', mountPath: '/scratch' },
        ],
      },
      pod: {
        volumes: [
          { name: 'host', hostPath: { path: '/var/log/captures', type: 'DirectoryOrCreate' } },
          { name: 'secret', secret: { secretName: 'keys' } },
          { name: 'claim', persistentVolumeClaim: { claimName: 'claim' } },
          { name: 'scratch', emptyDir: {} },
        ],
      },
    });
    expect(condition(await finishedJob(client))).toMatchObject({ type: 'Complete' });
    const [pod] = await podsOf(client);
    expect(await logOf(pod!)).toBe('AKID 600\n');
    expect(readFileSync(join(dataDir, 'nodes/node-1/var/log/captures/a'), 'utf8')).toBe('on the node');
    expect(readFileSync(join(dataDir, 'pvc/default/claim/b'), 'utf8')).toBe('on the claim');
    expect(existsSync(join(dataDir, 'kubelet/node-1', pod!.metadata!.uid!))).toBe(false);
  });

  it('waits for a Secret that is not there yet', async () => {
    const { client } = world;
    await createJob(client, ['true'], {
      container: { volumeMounts: [{ name: 'secret', mountPath: '/etc/s3' }] },
      pod: { volumes: [{ name: 'secret', secret: { secretName: 'late' } }] },
    });
    const [pod] = await eventually('the wait', () => podsOf(client), hasReason('ContainerCreating'));
    await eventually(
      'the event',
      () => eventsOf(client, pod!.metadata!.name!),
      reasons => reasons.includes('FailedMount'),
    );
    await client.create(paths.secrets(NAMESPACE), { metadata: { name: 'late' } });
    expect(condition(await finishedJob(client))).toMatchObject({ type: 'Complete' });
  });

  it.each([
    ['an image that is not known', { image: 'nginx:1' }, 'ErrImagePull'],
    ['no command', { command: [] }, 'CreateContainerError'],
    [
      'a variable of a Secret that is missing',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'gone', key: 'x' } } }] },
      'CreateContainerConfigError',
    ],
  ])('with %s waits and says why', async (_, container, reason) => {
    await createJob(world.client, ['true'], { container });
    await eventually('the wait', () => podsOf(world.client), hasReason(reason));
    expect(condition(await getJob(world.client))).toBeUndefined();
  });

  it('cannot reach out of the node by a path', async () => {
    await createJob(world.client, ['true'], {
      container: { volumeMounts: [{ name: 'host', mountPath: '/captures' }] },
      pod: { volumes: [{ name: 'host', hostPath: { path: '/../../../etc' } }] },
    });
    const [pod] = await eventually(
      'the wait',
      () => podsOf(world.client),
      hasReason('CreateContainerConfigError'),
    );
    expect(pod!.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain('must not contain ".."');
  });
});

describe('a pod', () => {
  /** Says when it runs, and at SIGTERM that it got it. */
  const heeds = (after: string) => [
    process.execPath,
    '-e',
    `process.on('SIGTERM', () => { console.log('TERM'); ${after} }); console.log('up'); setInterval(() => {}, 1000)`,
  ];
  const isUp = async () =>
    eventually(
      'the start',
      async () => logOf(await podInPhase(world.client, 'Running')),
      log => log === 'up\n',
    );

  it('is asked to end when its Job is deleted, and is given time', async () => {
    const marker = join(world.dataDir, 'marker');
    await createJob(
      world.client,
      heeds(`setTimeout(() => { require('fs').writeFileSync('${marker}', ''); process.exit() }, 500)`),
    );
    await isUp();
    await world.client.delete(paths.jobs(NAMESPACE, 'job'));
    await eventually(
      'the end of the pod',
      () => podsOf(world.client),
      pods => pods.length === 0,
    );
    expect(existsSync(marker)).toBe(true);
  });

  it('is killed when the time is over', async () => {
    await createJob(world.client, heeds(''), { pod: { terminationGracePeriodSeconds: 1 } });
    await isUp();
    const { uid } = (await podInPhase(world.client, 'Running')).metadata!;
    const stat = readFileSync(join(world.dataDir, 'kubelet/node-1', uid!, 'process'), 'utf8');
    await world.client.delete(paths.jobs(NAMESPACE, 'job'));
    await eventually(
      'the end of the pod',
      () => podsOf(world.client),
      pods => pods.length === 0,
    );
    expect(existsSync(`/proc/${Number.parseInt(stat, 10)}`)).toBe(false);
  });

  it('that is deleted alone has failed', async () => {
    await createJob(world.client, SLEEP, { pod: { terminationGracePeriodSeconds: 1 } });
    const pod = await podInPhase(world.client, 'Running');
    await world.client.delete(paths.pods(NAMESPACE, pod.metadata!.name));
    expect(condition(await finishedJob(world.client))).toMatchObject({ type: 'Failed' });
  });

  it('takes what it left behind with it', async () => {
    const pidFile = join(world.dataDir, 'pid');
    const program = `const child = require('child_process').spawn('sleep', ['300'], { stdio: 'ignore' });
      require('fs').writeFileSync('${pidFile}', String(child.pid)); process.exit()`;
    await createJob(world.client, [process.execPath, '-e', program]);
    await finishedJob(world.client);
    const left = `/proc/${readFileSync(pidFile, 'utf8')}/stat`;
    const gone = async () => !existsSync(left) || readFileSync(left, 'utf8').includes(') Z ');
    await eventually('the end of the child', gone, ended => ended);
  });

  it('waits for a node that it fits', async () => {
    await createJob(world.client, ['true'], {
      pod: { nodeSelector: { 'kubernetes.io/hostname': 'node-2' } },
    });
    const [pod] = await eventually(
      'the refusal',
      () => podsOf(world.client),
      ([first]) => first?.status?.conditions?.[0]?.reason === 'Unschedulable',
    );
    expect(pod!.status?.conditions?.[0]?.message).toMatch(/^0\/1 nodes are available/);
    expect(await eventsOf(world.client, pod!.metadata!.name!)).toContain('FailedScheduling');
    await createNode(world.client, 'node-2');
    const assigned = ([first]: V1Pod[]) => first?.spec?.nodeName === 'node-2';
    await eventually('the assignment', () => podsOf(world.client), assigned);
  });

  it('that mirrors a static pod is left alone', async () => {
    const { client } = world;
    await client.create<V1Pod>(paths.pods(NAMESPACE), {
      metadata: { name: 'static', annotations: { 'kubernetes.io/config.mirror': 'x' } },
      spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'nginx' }] },
    });
    await createJob(client, ['true']);
    await finishedJob(client);
    const pod = await client.get<V1Pod>(paths.pods(NAMESPACE, 'static'));
    expect(pod.status?.containerStatuses).toBeUndefined();
  });
});

describe('a capture', () => {
  it('runs as a Job with the stock image and command', async () => {
    const { client, dataDir } = world;
    await createJob(client, ['./retina/captureworkload'], {
      container: {
        image: 'ghcr.io/microsoft/retina/retina-agent:v1.2.6',
        env: [
          { name: 'HOSTPATH', value: '/captures' },
          { name: 'CAPTURE_NAME', value: 'cap' },
          { name: 'CAPTURE_DURATION', value: '500ms' },
          { name: 'CAPTURE_INTERFACES', value: 'lo' },
          { name: 'NODE_HOST_NAME', value: 'node-1' },
          { name: 'CAPTURE_START_TIMESTAMP', value: '20261122110000UTC' },
        ],
        volumeMounts: [{ name: 'hostpath', mountPath: '/captures' }],
      },
      pod: { volumes: [{ name: 'hostpath', hostPath: { path: '/captures', type: 'DirectoryOrCreate' } }] },
    });
    expect(condition(await finishedJob(client))).toMatchObject({ type: 'Complete' });
    const report = Report.parse(JSON.parse(terminated(await podInPhase(client, 'Succeeded'))!.message!));
    expect(statSync(join(dataDir, 'nodes/node-1/captures', report.file)).size).toBe(report.bytes);
  });
});
