import { z } from '../../../lib/schemas.ts';
import type { Account } from '../account.ts';
import type { Rule } from '../events/bus.ts';
import type { HostedFunction } from '../functions/host.ts';
import type { LogSubscription } from '../functions/logs.ts';
import { parseRate, type Schedule } from '../functions/schedule.ts';
import type { QueueTrigger } from '../functions/triggers.ts';
import type { QueueSettings } from '../queues/queues.ts';
import { evaluate, type Resource } from './intrinsics.ts';
import { isObject, type Json, loadServerlessFile, type Variables } from './variables.ts';

/** What serverless.yml declares, as the embedded cloud needs it. */
export interface Stack {
  functions: HostedFunction[];
  environment: Record<string, string>;
  onFailure: Map<string, string>; // function → queue
  queueTriggers: QueueTrigger[];
  schedules: Schedule[];
  logSubscriptions: LogSubscription[];
  buckets: { name: string; eventBridge: boolean; versioned: boolean }[];
  queues: QueueSettings[];
  buses: string[];
  rules: Rule[];
}

const Environment = z._default(
  z.record(z.string(), z.pipe(z.union([z.string(), z.number()]), z.transform(String))),
  {},
);

const SqsEvent = z.object({
  arn: z.string(),
  batchSize: z._default(z.int(), 10),
  maximumBatchingWindow: z._default(z.number(), 0), // seconds; here, unlike in AWS, also parts of one
  functionResponseType: z.optional(z.string()),
});

const Event = z.object({
  sqs: z.optional(SqsEvent),
  schedule: z.optional(z.object({ rate: z.string() })),
  cloudwatchLog: z.optional(z.object({ logGroup: z.string(), filter: z._default(z.string(), '') })),
});

const Service = z.object({
  service: z.string(),
  provider: z.object({
    environment: Environment,
    timeout: z._default(z.int(), 6),
    memorySize: z._default(z.int(), 1024),
  }),
  functions: z.record(
    z.string(),
    z.object({
      handler: z.string(),
      timeout: z.optional(z.int()),
      memorySize: z.optional(z.int()),
      environment: Environment,
      events: z._default(z.array(Event), []),
      destinations: z.optional(z.object({ onFailure: z.optional(z.object({ arn: z.string() })) })),
    }),
  ),
});

const Queue = z.object({
  VisibilityTimeout: z._default(z.int(), 30),
  DelaySeconds: z._default(z.int(), 0),
  RedrivePolicy: z.optional(z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.int() })),
});

const Bucket = z.object({
  NotificationConfiguration: z.optional(
    z.object({
      EventBridgeConfiguration: z.optional(z.object({ EventBridgeEnabled: z._default(z.boolean(), true) })),
    }),
  ),
  VersioningConfiguration: z.optional(z.object({ Status: z.string() })),
});

const EventRule = z.object({
  EventBusName: z._default(z.string(), 'default'),
  EventPattern: z.optional(z.record(z.string(), z.unknown())),
  State: z._default(z.string(), 'ENABLED'),
  Targets: z._default(z.array(z.object({ Arn: z.string() })), []),
});

const last = (name: string) => name.split(/[:/]/).at(-1)!;

/** @throws with the path of what is not understood */
export function loadStack(
  file: string,
  variables: Variables,
  account: Account,
  queueUrl: (name: string) => string,
): Stack {
  const raw = loadServerlessFile(file, variables);
  const prefix = `${String(raw.service)}-${variables.stage}`;
  const resources = collectResources(raw, prefix, account, queueUrl);
  const resolve = (value: unknown) => evaluate(value, resources, account, queueUrl);
  const { functions, provider } = Service.parse(
    resolve({ service: raw.service, provider: raw.provider, functions: raw.functions ?? {} }),
  );
  const ofType = <Shape>(type: string, schema: z.ZodMiniType<Shape>) =>
    [...resources.values()]
      .filter(resource => resource.type === type)
      .map(({ name, properties }) => ({ name, ...schema.parse(resolve(properties)) }));
  const events = Object.entries(functions).flatMap(([name, { events }]) =>
    events.map(event => ({ name, ...event })),
  );

  return {
    functions: Object.entries(functions).map(([name, { handler, timeout, memorySize }]) => ({
      name,
      lambdaName: `${prefix}-${name}`,
      handler,
      timeout: timeout ?? provider.timeout,
      memorySize: memorySize ?? provider.memorySize,
    })),
    environment: mergeEnvironments([
      provider.environment,
      ...Object.values(functions).map(item => item.environment),
    ]),
    onFailure: new Map(
      Object.entries(functions).flatMap(([name, { destinations }]) =>
        destinations?.onFailure ? [[name, last(destinations.onFailure.arn)]] : [],
      ),
    ),
    queueTriggers: events.flatMap(({ name, sqs }) =>
      sqs
        ? [
            {
              function: name,
              queue: last(sqs.arn),
              batchSize: sqs.batchSize,
              window: sqs.maximumBatchingWindow,
              partialResponses: sqs.functionResponseType === 'ReportBatchItemFailures',
            },
          ]
        : [],
    ),
    schedules: events.flatMap(({ name, schedule }) =>
      schedule ? [{ name: `${name}-schedule`, function: name, seconds: parseRate(schedule.rate) }] : [],
    ),
    logSubscriptions: events.flatMap(({ name, cloudwatchLog }) =>
      cloudwatchLog ? [{ function: name, ...cloudwatchLog }] : [],
    ),
    buckets: ofType('AWS::S3::Bucket', Bucket).map(
      ({ name, NotificationConfiguration, VersioningConfiguration }) => ({
        name,
        eventBridge: NotificationConfiguration?.EventBridgeConfiguration?.EventBridgeEnabled ?? false,
        versioned: VersioningConfiguration?.Status === 'Enabled',
      }),
    ),
    queues: ofType('AWS::SQS::Queue', Queue).map(
      ({ name, VisibilityTimeout, DelaySeconds, RedrivePolicy }) => ({
        name,
        visibilityTimeout: VisibilityTimeout,
        delay: DelaySeconds,
        ...(RedrivePolicy
          ? {
              deadLetters: {
                queue: last(RedrivePolicy.deadLetterTargetArn),
                maxReceiveCount: RedrivePolicy.maxReceiveCount,
              },
            }
          : {}),
      }),
    ),
    buses: ofType('AWS::Events::EventBus', z.object({})).map(({ name }) => name),
    rules: ofType('AWS::Events::Rule', EventRule)
      .filter(({ State, EventPattern }) => State === 'ENABLED' && EventPattern)
      .map(({ name, EventBusName, EventPattern, Targets }) => ({
        name,
        bus: last(EventBusName),
        pattern: EventPattern,
        targets: Targets.map(({ Arn }) => Arn),
      })),
  };
}

/** Names that the template gives are used; Fn::Sub in a name may only refer to pseudo parameters. */
const NAMES: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::SNS::Topic': 'TopicName',
};

function collectResources(raw: Json, prefix: string, account: Account, queueUrl: (name: string) => string) {
  const resources = new Map<string, Resource>();
  for (const name of Object.keys(isObject(raw.functions) ? raw.functions : {})) {
    const id = `${name[0]!.toUpperCase()}${name.slice(1)}LambdaFunction`;
    resources.set(id, { type: 'AWS::Lambda::Function', name: `${prefix}-${name}`, properties: {} });
  }
  for (const part of [raw.resources ?? {}].flat()) {
    const declared = isObject(part) && isObject(part.Resources) ? part.Resources : {};
    for (const [id, resource] of Object.entries(declared)) {
      if (!isObject(resource)) throw new Error(`resource ${id} is not a mapping`);
      const type = String(resource.Type);
      const properties = isObject(resource.Properties) ? resource.Properties : {};
      const given = properties[NAMES[type] ?? ''];
      const name =
        given === undefined ? `${prefix}-${id}` : String(evaluate(given, new Map(), account, queueUrl));
      resources.set(id, { type, name, properties });
    }
  }
  return resources;
}

/** All functions share one process here, hence one environment. */
function mergeEnvironments(environments: Record<string, string>[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const [name, value] of environments.flatMap(Object.entries<string>)) {
    if (merged[name] !== undefined && merged[name] !== value) {
      throw new Error(
        `functions differ in the environment variable ${name}; the embedded platform has one environment`,
      );
    }
    merged[name] = value;
  }
  return merged;
}
