// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of serverless.yml
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { compileFilterPattern } from '../../../../lib/hints/filter-pattern.ts';
import { LOCAL_ACCOUNT } from '../../../../local/cloud/account.ts';
import { compilePattern } from '../../../../local/cloud/events/pattern.ts';
import { loadStack } from '../../../../local/cloud/stack/stack.ts';

const url = (queue: string) => `http://localhost/${queue}`;
const load = (file: string, params = {}) =>
  loadStack(file, { params, stage: 'local', environment: { FROM_ENV: 'yes' } }, LOCAL_ACCOUNT, url);

const folder = mkdtempSync(join(tmpdir(), 'stack-'));
afterAll(() => rmSync(folder, { recursive: true }));

function service(content: object): string {
  const file = join(folder, `${crypto.randomUUID()}.yml`);
  writeFileSync(file, dump(content));
  return file;
}
const minimal = (more: object) => ({ service: 's', provider: { name: 'aws' }, functions: {}, ...more });

describe("the product's serverless.yml", () => {
  const stack = load('serverless.yml', { cluster: 'demo' });

  it('says which function is woken by what', () => {
    expect(stack.functions.map(({ name, handler }) => [name, handler])).toEqual(
      ['ingest', 'reconcile', 'sweep', 'index'].map(name => [name, `functions/${name}.handler`]),
    );
    expect(stack.logSubscriptions).toMatchObject([{ function: 'ingest', logGroup: '/aws/eks/demo/cluster' }]);
    expect(stack.queueTriggers).toEqual([
      {
        function: 'reconcile',
        queue: 'serverless-capture-local-HintQueue',
        batchSize: 100,
        window: 1,
        partialResponses: true,
      },
      {
        function: 'index',
        queue: 'serverless-capture-local-IndexQueue',
        batchSize: 1,
        window: 0,
        partialResponses: true,
      },
    ]);
    expect(stack.schedules).toMatchObject([{ function: 'sweep', seconds: 300 }]);
  });

  it('gives functions the environment that they read', () => {
    expect(stack.environment).toMatchObject({
      CAPTURE_BUCKET: 'serverless-capture-000000000000-us-east-1',
      BUS_NAME: 'serverless-capture',
      CLUSTERS: 'demo',
      INDEX_PREFIX: 'index/',
      HOSTPATH_BASE_DIR: '/var/log/retina/captures',
      JOB_LIMIT: '0',
    });
    expect(stack.buckets).toEqual([
      { name: 'serverless-capture-000000000000-us-east-1', eventBridge: true, versioned: true },
    ]);
  });

  it('sees each message at least three times as long as its function may take', () => {
    for (const { queue, function: name } of stack.queueTriggers) {
      const { visibilityTimeout, deadLetters } = stack.queues.find(item => item.name === queue)!;
      expect(visibilityTimeout).toBeGreaterThanOrEqual(
        stack.functions.find(item => item.name === name)!.timeout * 3,
      );
      expect(stack.queues.map(item => item.name)).toContain(deadLetters!.queue);
    }
  });

  it('has filters and patterns that can be read', () => {
    for (const { filter } of stack.logSubscriptions)
      expect(compileFilterPattern(filter)).toBeInstanceOf(Function);
    for (const { pattern } of stack.rules) expect(compilePattern(pattern)).toBeInstanceOf(Function);
  });

  it('wakes nothing by what the index writes but by the snapshot of an end', () => {
    const objects = stack.rules.find(({ name }) => name.endsWith('ObjectRule'))!;
    const matches = compilePattern(objects.pattern);
    const created = (key: string) =>
      matches({
        source: 'aws.s3',
        'detail-type': 'Object Created',
        detail: { bucket: { name: 'serverless-capture-000000000000-us-east-1' }, object: { key } },
      });
    expect(created('prod/demo-node-1.tar.gz')).toBe(true);
    expect(created('index/table=conn/cluster=c/x.parquet')).toBe(false);
    expect(created('index/identity/cluster=c/capture=u/start.json.gz')).toBe(false);
    expect(created('index/identity/cluster=c/capture=u/end.json.gz')).toBe(true);
  });

  it('takes in what forwarders put on the bus, and not what it puts there itself', () => {
    const forwarded = compilePattern(stack.rules.find(({ name }) => name.endsWith('ForwardedRule'))!.pattern);
    const event = (detail: object) => ({ source: 'x', 'detail-type': 'y', detail });
    expect(forwarded(event({ involvedObject: { kind: 'Job' }, reason: 'Completed' }))).toBe(true);
    expect(forwarded(event({ specversion: '1.0', type: 'dev.knative.apiserver.resource.add' }))).toBe(true);
    expect(forwarded(event({ metadata: { id: '1' }, data: { namespace: 'default', name: 'demo' } }))).toBe(
      false,
    );
  });
});

describe('a variable', () => {
  it('is replaced by what it stands for', () => {
    const file = service(
      minimal({
        custom: { a: { b: 'deep' }, whole: 7 },
        params: { default: { given: 'default', kept: 'kept' } },
        provider: {
          name: 'aws',
          environment: {
            SELF: 'x-${self:custom.a.b}-y',
            NUMBER: '${self:custom.whole}',
            ENV: "${env:FROM_ENV}${env:NOT_THERE, 'no'}",
            PARAM: '${param:given} ${param:kept}',
            STAGE: '${sls:stage}',
            OPT: "${opt:region, 'none'}",
            CHAIN: '${self:provider.environment.SELF}',
            CLOUD: { 'Fn::Sub': '${AWS::AccountId} ${Bucket} ${Queue.Arn}' },
            JOINED: { 'Fn::Join': ['/', ['a', { Ref: 'Queue' }]] },
          },
        },
        resources: { Resources: { Bucket: { Type: 'AWS::S3::Bucket' }, Queue: { Type: 'AWS::SQS::Queue' } } },
      }),
    );
    expect(load(file, { given: 'mine' }).environment).toEqual({
      SELF: 'x-deep-y',
      NUMBER: '7',
      ENV: 'yesno',
      PARAM: 'mine kept',
      STAGE: 'local',
      OPT: 'none',
      CHAIN: 'x-deep-y',
      CLOUD: '000000000000 s-local-Bucket arn:aws:sqs:us-east-1:000000000000:s-local-Queue',
      JOINED: 'a/http://localhost/s-local-Queue',
    });
  });

  it.each([
    ['without a value', { custom: { x: '${env:NOT_THERE}' } }, 'has no value'],
    ['of an unknown kind', { custom: { x: '${self:custom.y}', y: '${param:z}' } }, 'has no value'],
    ['that leads to itself', { custom: { x: '${self:custom.x}' } }, 'never end'],
    ['with a file outside', { custom: { x: '${file(../../etc/passwd)}' } }, 'is outside'],
  ])('%s is refused', (_, more, message) => expect(() => load(service(minimal(more)))).toThrow(message));
});

describe('a service is refused', () => {
  it.each([
    [
      'that refers to nothing',
      { provider: { name: 'aws', environment: { X: { Ref: 'Nothing' } } } },
      'does not declare',
    ],
    [
      'with a schedule by cron',
      { functions: { f: { handler: 'f.f', events: [{ schedule: { rate: 'cron(0 0)' } }] } } },
      'not a rate',
    ],
    [
      'whose functions need two environments',
      {
        functions: {
          f: { handler: 'f.f', environment: { A: '1' } },
          g: { handler: 'g.g', environment: { A: '2' } },
        },
      },
      'differ in',
    ],
    ['whose function has no handler', { functions: { f: {} } }, 'handler'],
  ])('%s', (_, more, message) => expect(() => load(service(minimal(more)))).toThrow(message));
});
