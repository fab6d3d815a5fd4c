import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Account, type Credentials, LOCAL_ACCOUNT } from './account.ts';
import { Database } from './database.ts';
import type { ClusterEndpoint } from './eks.ts';
import { type BusEvent, EventBuses } from './events/bus.ts';
import { FunctionHost, type Invocation } from './functions/host.ts';
import { Logs } from './functions/logs.ts';
import { Scheduler } from './functions/schedule.ts';
import { invocationQueue, mapQueue, runInvocations } from './functions/triggers.ts';
import { createGateway, type Services } from './gateway.ts';
import { Queues } from './queues/queues.ts';
import { QueueService } from './queues/service.ts';
import { Blobs } from './s3/blobs.ts';
import { type Bucket, type ObjectChange, ObjectStore } from './s3/store.ts';
import { Uploads } from './s3/uploads.ts';
import { loadStack, type Stack } from './stack/stack.ts';

export interface CloudOptions {
  /** Folder of all state; made if missing. One cloud at a time may have it. */
  dataDir: string;
  host: string;
  /** 0 for any free one. */
  port: number;
  serverlessFile: string;
  clusters: ClusterEndpoint[];
  credentials?: Credentials;
  /** Values of `${param:…}` other than serverless.yml's; `cluster` is the first cluster unless given here. */
  params?: Record<string, string | number>;
  /** Further addresses on which S3 alone is served, at the same port. */
  extraListen?: string[];
}

/** What goes on, for a display of progress. */
export type Activity =
  | Invocation
  | { type: 'event'; bus: string; event: BusEvent }
  | { type: 'undeliverable'; target: string; event: BusEvent };

export interface Cloud {
  s3Url: string;
  endpointUrl: string;
  credentials: Credentials;
  region: string;
  /** A log group's subscriptions get those of these lines that pass their filter. */
  logs: { put(logGroup: string, stream: string, messages: string[]): void };
  buckets: { list(): Bucket[]; create(name: string): void };
  /** @returns what ends the listening */
  on(listener: (activity: Activity) => void): () => void;
  /** Resolves once no function runs and none has anything to run for; messages that wait for a retry do not count. */
  idle(): Promise<void>;
  /** Functions that run get a moment to finish; what they had to do is done after the next start. */
  close(): Promise<void>;
}

const GRACE = 3000; // ms that functions have to finish when the cloud is closed
const ASYNC_VISIBILITY = 6; // times the function's timeout

/**
 * Brings up what serverless.yml declares on this machine: S3, EventBridge, SQS and EKS over HTTP, and the functions
 * in this process. Sets the environment of this process as Lambda would, until it is closed.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const account: Account = {
    ...LOCAL_ACCOUNT,
    credentials: options.credentials ?? LOCAL_ACCOUNT.credentials,
  };
  let services: Services | undefined;
  const server = createGateway(() => services);
  const port = await listen(server, options.port, options.host);
  const s3Only = (options.extraListen ?? []).map(() => createGateway(() => services, 's3'));
  const endpointUrl = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
  const queueUrl = (queue: string) => `${endpointUrl}/${account.id}/${queue}`;
  try {
    for (const [index, host] of (options.extraListen ?? []).entries())
      await listen(s3Only[index]!, port, host);
    const stack = loadStack(
      resolve(options.serverlessFile),
      {
        params: { ...(options.clusters[0] ? { cluster: options.clusters[0].name } : {}), ...options.params },
        stage: 'local',
        environment: process.env,
      },
      account,
      queueUrl,
    );
    const cloud = new RunningCloud(options, stack, account, endpointUrl, [server, ...s3Only]);
    services = cloud.services(queueUrl);
    await cloud.warm();
    return cloud;
  } catch (error) {
    await Promise.all([server, ...s3Only].map(stop));
    throw error;
  }
}

class RunningCloud implements Cloud {
  readonly endpointUrl: string;
  readonly s3Url: string;
  readonly credentials: Credentials;
  readonly region: string;
  readonly logs: Logs;
  readonly buckets: Cloud['buckets'];
  readonly #account: Account;
  readonly #clusters: ClusterEndpoint[];
  readonly #servers: Server[];
  readonly #database: Database;
  readonly #queues: Queues;
  readonly #buses: EventBuses;
  readonly #s3: Services['s3'];
  readonly #host: FunctionHost;
  readonly #pollers: ReturnType<typeof mapQueue>[];
  readonly #scheduler: Scheduler;
  readonly #listeners = new Set<(activity: Activity) => void>();
  readonly #closing = new AbortController();
  readonly #restoreEnvironment: () => void;

  constructor(options: CloudOptions, stack: Stack, account: Account, endpointUrl: string, servers: Server[]) {
    this.#account = account;
    this.#clusters = options.clusters;
    this.#servers = servers;
    this.endpointUrl = endpointUrl;
    this.s3Url = endpointUrl;
    this.credentials = account.credentials;
    this.region = account.region;
    mkdirSync(options.dataDir, { recursive: true });
    this.#database = new Database(join(options.dataDir, 'cloud.db'));
    this.#queues = new Queues(this.#database, [
      ...stack.queues,
      ...stack.functions.map(({ name, timeout }) => ({
        name: invocationQueue(name),
        visibilityTimeout: timeout * ASYNC_VISIBILITY,
        delay: 0,
      })),
    ]);
    this.#buses = new EventBuses(
      account,
      this.#database,
      stack.buses,
      stack.rules,
      (target, event) => this.#deliver(target, event, stack),
      (bus, event) => this.#tell({ type: 'event', bus, event }),
    );
    const blobs = new Blobs(join(options.dataDir, 'objects'));
    const store = new ObjectStore(this.#database, blobs, change => this.#announce(change));
    this.#s3 = { store, blobs, uploads: new Uploads(this.#database, store, blobs), region: account.region };
    for (const { name, ...settings } of stack.buckets) store.createBucket(name, settings);
    this.buckets = {
      list: () => store.buckets(),
      create: name => store.findBucket(name) ?? store.createBucket(name),
    };

    const log = join(options.dataDir, 'functions.log');
    const folder = dirname(resolve(options.serverlessFile));
    this.#host = new FunctionHost(folder, account, log, stack.functions, invocation =>
      this.#tell(invocation),
    );
    this.#restoreEnvironment = setEnvironment({ ...stack.environment, ...this.#awsEnvironment() });
    const invoke = (name: string, event: object) =>
      this.#queues.send(invocationQueue(name), JSON.stringify(event));
    this.logs = new Logs(this.#database, account, stack.logSubscriptions, invoke);
    this.#scheduler = new Scheduler(this.#database, account, stack.schedules, invoke);
    this.#pollers = [
      ...stack.queueTriggers.map(trigger => mapQueue(trigger, this.#queues, this.#host, account)),
      ...stack.functions.map(({ name }) =>
        runInvocations(name, stack.onFailure.get(name), this.#database, this.#queues, this.#host, account),
      ),
    ];
  }

  services(queueUrl: (queue: string) => string): Services {
    return {
      account: this.#account,
      s3: this.#s3,
      buses: this.#buses,
      queues: new QueueService(this.#queues, this.#account, queueUrl, this.#closing.signal),
      clusters: this.#clusters,
    };
  }

  warm() {
    return this.#host.warm();
  }

  on(listener: (activity: Activity) => void) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async idle() {
    while (this.#host.running > 0 || !this.logs.idle || this.#pollers.some(poller => !poller.idle)) {
      await delay(20);
    }
  }

  async close() {
    this.#closing.abort();
    this.#scheduler.close();
    this.logs.close();
    await Promise.race([
      Promise.all(this.#pollers.map(poller => poller.close())),
      delay(GRACE, undefined, { ref: false }),
    ]);
    await Promise.all(this.#servers.map(stop));
    this.#host.close();
    this.#restoreEnvironment();
    this.#database.close();
  }

  #tell(activity: Activity) {
    for (const listener of this.#listeners) listener(activity);
  }

  #deliver(target: string, event: BusEvent, stack: Stack) {
    const name = target.split(':').at(-1)!;
    const called = stack.functions.find(({ lambdaName }) => lambdaName === name);
    if (target.includes(':sqs:')) this.#queues.send(name, JSON.stringify(event));
    else if (target.includes(':lambda:') && called) {
      this.#queues.send(invocationQueue(called.name), JSON.stringify(event));
    } else this.#tell({ type: 'undeliverable', target, event });
  }

  /** Format: S3 User Guide, "EventBridge event message structure". */
  #announce({ kind, object, bucket, reason, requestId }: ObjectChange) {
    if (!bucket.eventBridge) return;
    const created = kind === 'Object Created';
    const detail = {
      version: '0',
      bucket: { name: bucket.name },
      object: {
        key: object.key,
        ...(created ? { size: object.size } : {}),
        etag: object.etag,
        ...(object.version === 'null' ? {} : { 'version-id': object.version }),
        sequencer: object.sequencer,
      },
      'request-id': requestId,
      requester: this.#account.id,
      'source-ip-address': '127.0.0.1',
      reason,
      ...(created ? {} : { 'deletion-type': 'Permanently Deleted' }),
    };
    this.#buses.publish(
      'default',
      this.#buses.event('aws.s3', kind, detail, [`arn:aws:s3:::${bucket.name}`]),
    );
  }

  /** Of the user's own sign-in nothing may remain: a profile would win over these keys. */
  #awsEnvironment(): Record<string, string | undefined> {
    const { credentials, region } = this.#account;
    return {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...Object.fromEntries(
        ['S3', 'EVENTBRIDGE', 'SQS', 'EKS'].map(service => [`AWS_ENDPOINT_URL_${service}`, this.endpointUrl]),
      ),
    };
  }
}

/** @returns what puts back the environment as it was */
function setEnvironment(environment: NodeJS.Dict<string>): () => void {
  const before = Object.fromEntries(Object.keys(environment).map(name => [name, process.env[name]]));
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  return () => void setEnvironment(before);
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
