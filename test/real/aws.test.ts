import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { compilePattern } from '../../local/cloud/events/pattern.ts';
import { EVENT, PATTERN_CASES } from '../local/cloud/events/pattern-cases.ts';
import { type Running, startFixture } from '../local/cloud/running.ts';
import { type Aws, BUCKET, REQUESTS, type Request } from './aws-requests.ts';
import { type Moto, startMoto } from './moto.ts';

// One list of requests, sent by AWS's own clients to the embedded cloud and to moto; the answers are compared.

let moto: Moto;
let running: Running;
let ours: Aws;
let theirs: Aws;

beforeAll(async () => {
  moto = await startMoto();
  running = await startFixture();
  ours = clients(running.cloud.endpointUrl);
  theirs = clients(moto.endpoint);
  await declareFixture(theirs);
}, 60_000);

afterAll(async () => {
  for (const client of [ours, theirs].flatMap(aws => (aws ? Object.values(aws) : []))) client.destroy();
  await running?.close();
  await moto?.stop();
});

function clients(endpoint: string): Aws {
  const { credentials, region } = running.cloud;
  const config = { endpoint, credentials, region };
  return {
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sqs: new SQSClient(config),
    events: new EventBridgeClient(config),
  };
}

/** What the fixture's serverless.yml declares, as far as the requests need it. */
async function declareFixture({ sqs, events }: Aws) {
  const arn = (queue: string) => `arn:aws:sqs:us-east-1:123456789012:${queue}`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn('dead'), maxReceiveCount: 2 });
  await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
  await sqs.send(new CreateQueueCommand({ QueueName: 'objects' }));
  await sqs.send(new CreateQueueCommand({ QueueName: 'idle', Attributes: { RedrivePolicy } }));
  await events.send(new CreateEventBusCommand({ Name: 'fixture-bus' }));
  const rules = [
    {
      Name: 'idle',
      EventBusName: 'fixture-bus',
      pattern: { source: ['fixture'], detail: { size: [{ numeric: ['>', 10] }] } },
    },
    {
      Name: 'objects',
      EventBusName: 'default',
      pattern: { source: ['aws.s3'], detail: { bucket: { name: [BUCKET] } } },
    },
  ];
  for (const { pattern, ...rule } of rules) {
    await events.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(pattern) }));
    const Targets = [{ Id: 'queue', Arn: arn(rule.Name) }];
    await events.send(new PutTargetsCommand({ Rule: rule.Name, EventBusName: rule.EventBusName, Targets }));
  }
}

/** What came back, or what was refused and how. */
const answer = ({ run }: Request, aws: Aws): Promise<unknown> =>
  run(aws).catch((error: { name: string; $metadata?: { httpStatusCode?: number } }) => {
    if (!error.$metadata) throw error;
    return { refused: error.name, status: error.$metadata.httpStatusCode };
  });

describe('the embedded cloud answers as AWS does', () => {
  it.each(REQUESTS)('$name', async request => {
    const [our, their] = [await answer(request, ours), await answer(request, theirs)];
    if (!request.otherwise) return expect(our).toEqual(their);
    expect({ their }).toMatchObject({ their: request.otherwise.moto });
    expect({ our }).toMatchObject({ our: request.otherwise.ours });
  });
});

describe('an event pattern means the same', () => {
  /** Where moto's matcher is wrong, or knows less: EventBridge User Guide, "Comparison operators". */
  const WRONG_IN_MOTO = new Set(['an object of a list']);
  const queue = (index: number) => `pattern-${index}`;
  const matched = new Set<string>();

  beforeAll(async () => {
    const { sqs, events } = theirs;
    await events.send(new CreateEventBusCommand({ Name: 'patterns' }));
    for (const [index, { pattern }] of PATTERN_CASES.entries()) {
      const rule = { Name: queue(index), EventBusName: 'patterns' };
      await sqs.send(new CreateQueueCommand({ QueueName: queue(index) }));
      await events.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(pattern) }));
      const Targets = [{ Id: 'queue', Arn: `arn:aws:sqs:us-east-1:123456789012:${queue(index)}` }];
      await events.send(new PutTargetsCommand({ Rule: rule.Name, EventBusName: 'patterns', Targets }));
    }
    const { source, 'detail-type': DetailType, detail } = EVENT;
    const Detail = JSON.stringify(detail);
    await events.send(
      new PutEventsCommand({ Entries: [{ Source: source, DetailType, Detail, EventBusName: 'patterns' }] }),
    );
    for (const [index, { name }] of PATTERN_CASES.entries()) {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue(index) }));
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      if (Messages?.length) matched.add(name);
    }
  }, 60_000);

  it.each(PATTERN_CASES)('$name', ({ name, pattern }) => {
    const same = compilePattern(pattern)(EVENT) === matched.has(name);
    expect(same).toBe(!WRONG_IN_MOTO.has(name));
  });
});
