import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { startCloud } from '../../../local/cloud/cloud.ts';
import {
  FIXTURE,
  FIXTURE_BUCKET,
  type RecordedEvent,
  type Running,
  readRecord,
  startFixture,
  until,
} from './running.ts';

let running: Running;
let sqs: SQSClient;
const idle = () => running.cloud.idle();
const putEvent = (detail: object, DetailType = 'Job') =>
  new EventBridgeClient({}).send(
    new PutEventsCommand({
      Entries: [
        { EventBusName: 'fixture-bus', Source: 'fixture', DetailType, Detail: JSON.stringify(detail) },
      ],
    }),
  );
const queueUrl = async (QueueName: string) =>
  (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl!;
const receive = async (queue: string) => {
  const QueueUrl = await queueUrl(queue);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return (Messages ?? []).map(({ Body }) => JSON.parse(Body!));
};
const unpack = ({ awslogs }: RecordedEvent) => {
  const text = gunzipSync(Buffer.from(awslogs!.data, 'base64')).toString();
  return JSON.parse(text) as { logStream: string };
};
const depth = async (queue: string) => {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: await queueUrl(queue) }));
  return Number(Attributes!.ApproximateNumberOfMessages);
};

beforeEach(async () => {
  running = await startFixture();
  sqs = new SQSClient({});
});
afterEach(async () => {
  delete process.env.FIXTURE_FAIL;
  await running.close();
});

describe('an object that is put', () => {
  it('becomes an event of the form that EventBridge has', async () => {
    const s3 = new S3Client({});
    await s3.send(new PutObjectCommand({ Bucket: FIXTURE_BUCKET, Key: 'a b+c/ü.tar.gz', Body: 'hello' }));
    await s3.send(new DeleteObjectCommand({ Bucket: FIXTURE_BUCKET, Key: 'a b+c/ü.tar.gz' }));
    await s3.send(new PutObjectCommand({ Bucket: FIXTURE_BUCKET, Key: 'index/x', Body: 'hello' }));
    await idle();
    const events = running.recorded('objects').map(({ event }) => event);
    expect(events[0]).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: [`arn:aws:s3:::${FIXTURE_BUCKET}`],
      detail: {
        version: '0',
        bucket: { name: FIXTURE_BUCKET },
        object: {
          key: 'a b+c/ü.tar.gz',
          size: 5,
          etag: '5d41402abc4b2a76b9719d911017c592',
          'version-id': expect.any(String),
          sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
        },
        'request-id': expect.stringMatching(/^[0-9A-F]{16}$/),
        requester: '000000000000',
        'source-ip-address': '127.0.0.1',
        reason: 'PutObject',
      },
    });
    expect(events[1]).toMatchObject({
      'detail-type': 'Object Deleted',
      detail: { 'deletion-type': 'Permanently Deleted' },
    });
    expect(events[1]!.detail.object.sequencer > events[0]!.detail.object.sequencer).toBe(true);
    expect(events).toHaveLength(2); // the rule leaves out index/
  });
});

describe('an event on a bus', () => {
  it('goes to every target whose rule it matches', async () => {
    await putEvent({ size: 11 });
    await putEvent({ size: 10 });
    await putEvent({ size: 99 }, 'Other');
    await idle();
    expect(running.recorded('work').flatMap(({ event }) => event.Records)).toHaveLength(2);
    expect((await receive('idle')).map(({ detail }) => detail.size)).toEqual([11, 99]);
  });

  it('is refused alone when it is malformed', async () => {
    const entry = { Source: 'fixture', DetailType: 'Job', Detail: '{}', EventBusName: 'fixture-bus' };
    const bad = [
      { Detail: '{' },
      { Detail: '[]' },
      { Source: 'aws.s3' },
      { DetailType: '' },
      { EventBusName: 'other' },
    ];
    const Entries = [entry, ...bad.map(change => ({ ...entry, ...change }))];
    const result = await new EventBridgeClient({}).send(new PutEventsCommand({ Entries }));
    expect(result.FailedEntryCount).toBe(5);
    expect(result.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'InvalidArgument',
      'ResourceNotFoundException',
    ]);
    await idle();
    expect(running.recorded('work')).toHaveLength(1);
  });

  it('comes with at most nine others and a megabyte in all', async () => {
    const entry = {
      Source: 'fixture',
      DetailType: 'Job',
      Detail: JSON.stringify({ x: 'x'.repeat(200_000) }),
    };
    const put = (Entries: object[]) => new EventBridgeClient({}).send(new PutEventsCommand({ Entries }));
    await expect(put(Array.from({ length: 11 }, () => ({ ...entry, Detail: '{}' })))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(put(Array.from({ length: 6 }, () => entry))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('a queue that a function reads', () => {
  const send = async (...bodies: object[]) => {
    const QueueUrl = await queueUrl('fixture-local-Jobs');
    for (const body of bodies)
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
  };
  const deadLetters = () => until(async () => (await depth('dead')) > 0);

  it('hands over messages as Lambda does', async () => {
    await send({ n: 1 });
    await idle();
    const [record] = running.recorded('work')[0]!.event.Records;
    expect(record).toMatchObject({
      body: '{"n":1}',
      attributes: { ApproximateReceiveCount: '1', SenderId: '000000000000' },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:fixture-local-Jobs',
      awsRegion: 'us-east-1',
    });
    expect(running.recorded('work')[0]!.remaining).toBeLessThanOrEqual(2000);
  });

  it.each(['fail', 'throw', 'nonsense', 'hang'])(
    'keeps a message whose end is %s until it is a dead letter',
    async end => {
      await send({ end });
      await deadLetters();
      expect(running.recorded('work')).toHaveLength(2);
      const error = running.activity.find(item => item.type === 'invocation')?.error;
      if (end === 'hang') expect(error).toContain('timed out after 2.00 seconds');
      else if (end === 'throw') expect(error).toContain('told to throw');
      else expect(error).toBeUndefined();
      const SourceArn = 'arn:aws:sqs:us-east-1:000000000000:dead';
      await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
      await until(() => running.recorded('work').length > 2);
    },
  );

  it('forgets the messages of a batch that did not fail', async () => {
    const QueueUrl = await queueUrl('fixture-local-Jobs');
    await Promise.all(
      [{ n: 1 }, { end: 'fail' }, { n: 2 }].map(body =>
        sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) })),
      ),
    );
    await deadLetters();
    const bodies = running.recorded('work').flatMap(({ event }) => event.Records.map(r => r.body));
    expect(bodies.filter(body => body.includes('"n"')).sort()).toEqual(['{"n":1}', '{"n":2}']);
    expect(bodies.filter(body => body.includes('fail'))).toHaveLength(2);
  });
});

describe('a log group', () => {
  const group = '/aws/eks/demo/cluster';

  it('sends the lines that pass the filter, of one stream at a time, as CloudWatch does', async () => {
    running.cloud.logs.put(group, 'one', ['{"verb":"create","n":1}', '{"verb":"get"}', 'no json']);
    running.cloud.logs.put(group, 'two', ['{"verb":"create","n":2}']);
    running.cloud.logs.put(group, 'one', ['{"verb":"create","n":3}']);
    running.cloud.logs.put('/aws/eks/other/cluster', 'one', ['{"verb":"create"}']);
    await idle();
    const batches = running.recorded('audit').map(({ event }) => unpack(event));
    expect(batches).toHaveLength(2);
    expect(batches.find(({ logStream }) => logStream === 'one')).toEqual({
      messageType: 'DATA_MESSAGE',
      owner: '000000000000',
      logGroup: group,
      logStream: 'one',
      subscriptionFilters: ['audit'],
      logEvents: [1, 3].map(n => ({
        id: expect.stringMatching(/^\d{56}$/),
        timestamp: expect.any(Number),
        message: `{"verb":"create","n":${n}}`,
      })),
    });
  });

  it('is tried three times, then tells the dead letters why', async () => {
    process.env.FIXTURE_FAIL = 'audit';
    running.cloud.logs.put(group, 'one', ['{"verb":"create"}']);
    await until(async () => (await depth('dead')) > 0);
    expect(running.recorded('audit')).toHaveLength(3);
    const [record] = await receive('dead');
    expect(record).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { awslogs: { data: expect.any(String) } },
      responsePayload: { errorMessage: 'Error: told to fail' },
    });
  });
});

describe('the platform', () => {
  it('finds the cluster', async () => {
    const eks = new EKSClient({});
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: 'demo' }));
    expect(cluster).toMatchObject({ name: 'demo', endpoint: 'http://127.0.0.1:1', status: 'ACTIVE' });
    await expect(eks.send(new DescribeClusterCommand({ name: 'other' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('refuses who is not signed in', async () => {
    const credentials = { accessKeyId: running.cloud.credentials.accessKeyId, secretAccessKey: 'guess' };
    await expect(
      new EKSClient({ credentials }).send(new DescribeClusterCommand({ name: 'demo' })),
    ).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    expect((await fetch(running.cloud.endpointUrl, { method: 'POST', body: '{}' })).status).toBe(403);
  });

  it('writes what functions print, and one line per invocation, to a file', async () => {
    await new S3Client({}).send(new PutObjectCommand({ Bucket: FIXTURE_BUCKET, Key: 'x', Body: 'x' }));
    await idle();
    const lines = readFileSync(join(running.dataDir, 'functions.log'), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    const { requestId } = running.recorded('objects')[0]!;
    expect(lines).toEqual([
      { type: 'output', function: 'objects', requestId, level: 'log', message: 'an object came' },
      {
        type: 'invocation',
        function: 'objects',
        requestId,
        time: expect.any(String),
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('gives back the environment it changed', async () => {
    process.env.AWS_PROFILE = 'mine';
    const other = await startFixture();
    expect(process.env.AWS_PROFILE).toBeUndefined();
    await other.close();
    expect(process.env.AWS_PROFILE).toBe('mine');
    delete process.env.AWS_PROFILE;
  });

  it('fires a schedule that fell due while it was down', async () => {
    await running.cloud.close();
    const { dataDir } = running;
    const { Database } = await import('../../../local/cloud/database.ts');
    const database = new Database(join(dataDir, 'cloud.db'));
    database.run('UPDATE schedules SET last = last - 3600000');
    database.close();
    running = await startFixture({ dataDir });
    await until(() => running.recorded('sweep').length === 1);
    await idle();
    expect(running.recorded('sweep')[0]!.event).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
    });
  });

  it('leaves what was not finished when it is closed to the next start', async () => {
    const QueueUrl = await queueUrl('fixture-local-Jobs');
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"end":"hang"}' }));
    await until(() => running.recorded('work').length === 1);
    await running.cloud.close();
    const { dataDir } = running;
    running = await startFixture({ dataDir });
    await until(() => running.recorded('work').length === 2);
    expect(running.recorded('work')[1]!.event.Records[0]!.body).toBe('{"end":"hang"}');
  });

  it('says which port is in use, and leaves nothing behind', async () => {
    const port = Number(new URL(running.cloud.endpointUrl).port);
    const { dataDir } = running;
    await expect(startFixture({ port, dataDir })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const missing = join(tmpdir(), 'no-such-serverless.yml');
    const options = { dataDir, host: '127.0.0.1', port: 0, clusters: [] };
    await expect(startCloud({ ...options, serverlessFile: missing })).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(existsSync(FIXTURE)).toBe(true);
  });
});

describe('work that was acknowledged', () => {
  // Each of three rounds is: object event, event, line; and the invocations of each somewhere among them.
  it.each([1, 2, 3, 4, 6, 9, 12])('is done though the process is killed at activity %i', at => {
    const dataDir = mkdtempSync(join(tmpdir(), 'dying-'));
    const run = (...options: string[]) =>
      spawnSync(
        process.execPath,
        [
          '--disable-warning=ExperimentalWarning',
          resolve(import.meta.dirname, 'dying-cloud.ts'),
          dataDir,
          ...options,
        ],
        { encoding: 'utf8' },
      );
    expect(run(String(at))).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    expect(run('0')).toMatchObject({ status: 0, stderr: '' });
    const acknowledged = existsSync(join(dataDir, 'acknowledged'))
      ? readFileSync(join(dataDir, 'acknowledged'), 'utf8').trim().split('\n')
      : [];
    const done = readRecord(join(dataDir, 'record.ndjson')).map(({ event }) =>
      event.awslogs
        ? gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString()
        : JSON.stringify(event),
    );
    rmSync(dataDir, { recursive: true });
    expect(acknowledged.filter(what => !done.some(text => text.includes(what)))).toEqual([]);
  });
});
