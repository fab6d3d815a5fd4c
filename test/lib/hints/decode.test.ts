import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { decode } from '../../../lib/hints/decode.ts';
import { type Hint, hintEvent, readHint } from '../../../lib/hints/hint.ts';
import { shared } from '../../shared.ts';

/** Events of a real kube-apiserver under the policy of EKS. */
const lines = readFileSync(shared('reference/audit-events.ndjson'), 'utf8').trimEnd().split('\n');

const subscription = (messages: string[], changes: object = {}) => {
  const data = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/aws/eks/prod/cluster',
    logStream: 'kube-apiserver-audit-71976ca11bea5d3083393f7d32dab75b',
    subscriptionFilters: ['captures'],
    logEvents: messages.map((message, i) => ({ id: String(i), timestamp: 1729520895158, message })),
    ...changes,
  };
  return { awslogs: { data: gzipSync(JSON.stringify(data)).toString('base64') } };
};
const keys = (hints: Hint[]) => hints.map(({ namespace, name, reason }) => [namespace, name, reason]);
const audit = (changes: object) =>
  JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    auditID: 'a-1',
    stage: 'ResponseComplete',
    verb: 'update',
    responseStatus: { code: 200 },
    ...changes,
  });

describe('the audit log of EKS', () => {
  const decodeOne = (line: string) => decode(subscription([line]), ['prod']);

  test('every real event gives the hint it should, and no other does', () => {
    const counts: Record<string, number> = {};
    for (const line of lines) {
      for (const [namespace, name, reason] of keys(decodeOne(line))) {
        const key = `${namespace}/${name ?? '*'} ${reason}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
    }
    expect(counts).toMatchSnapshot();
  });

  test('many events of one Capture are one hint, which carries the last', () => {
    const hints = decode(subscription(lines), ['prod']);
    expect(hints.filter(({ name }) => name === 'demo')).toHaveLength(1);
    expect(hints.every(({ cluster }) => cluster === 'prod')).toBe(true);
  });

  test('a create with generateName has no name: the whole namespace is looked at', () => {
    const event = audit({
      verb: 'create',
      responseStatus: { code: 201 },
      objectRef: { resource: 'captures', namespace: 'team', apiGroup: 'retina.sh' },
    });
    expect(keys(decodeOne(event))).toEqual([['team', undefined, 'captures create']]);
  });

  test.each([
    [
      'our own status writes',
      {
        objectRef: {
          resource: 'captures',
          subresource: 'status',
          namespace: 'a',
          name: 'b',
          apiGroup: 'retina.sh',
        },
      },
    ],
    [
      'reads',
      { verb: 'get', objectRef: { resource: 'captures', namespace: 'a', name: 'b', apiGroup: 'retina.sh' } },
    ],
    [
      'refused writes',
      {
        responseStatus: { code: 403 },
        objectRef: { resource: 'captures', namespace: 'a', name: 'b', apiGroup: 'retina.sh' },
      },
    ],
    [
      'other stages',
      {
        stage: 'RequestReceived',
        objectRef: { resource: 'captures', namespace: 'a', name: 'b', apiGroup: 'retina.sh' },
      },
    ],
    [
      'captures of another group',
      { objectRef: { resource: 'captures', namespace: 'a', name: 'b', apiGroup: 'other' } },
    ],
    [
      'Jobs of others',
      { objectRef: { resource: 'jobs', namespace: 'a', name: 'backup-28376', apiGroup: 'batch' } },
    ],
    [
      'names that are none',
      { objectRef: { resource: 'captures', namespace: '../x', name: 'b', apiGroup: 'retina.sh' } },
    ],
  ])('%s say nothing', (_, changes) => {
    expect(decodeOne(audit(changes))).toEqual([]);
  });

  test('a Job is traced to its Capture by its owner, whatever its labels were made into', () => {
    const metadata = {
      name: 'x',
      labels: { 'capture-name': 'edited' },
      ownerReferences: [{ kind: 'Capture', name: 'demo' }],
    };
    const event = audit({
      objectRef: { resource: 'jobs', subresource: 'status', namespace: 'a', name: 'x', apiGroup: 'batch' },
      responseObject: { metadata },
    });
    expect(keys(decodeOne(event))).toEqual([['a', 'demo', 'jobs/status update']]);
  });

  test('a pod without labels is traced by the name of its Job', () => {
    const event = (name: string) =>
      audit({ verb: 'patch', objectRef: { resource: 'pods', subresource: 'status', namespace: 'a', name } });
    expect(keys(decodeOne(event('demo-0d38d1197f-4k2dq')))).toEqual([['a', 'demo', 'pods/status patch']]);
    expect(keys(decodeOne(event(`${'n'.repeat(52)}-0d38d1197f-4k2dq`)))).toEqual([
      ['a', undefined, 'pods/status patch'],
    ]);
    expect(decodeOne(event('web-5d9c7b6f48-h4m8q-x'))).toEqual([]);
  });

  test('an event that was cut is a hint all the same', () => {
    const event = audit({
      objectRef: {
        resource: 'jobs',
        subresource: 'status',
        namespace: 'a',
        name: 'demo-0d38d1197f',
        apiGroup: 'batch',
      },
      annotations: { 'audit.k8s.io/truncated': 'true' },
      responseObject: 'skipped-too-big-size-object',
    });
    expect(keys(decodeOne(event))).toEqual([['a', 'demo', 'jobs/status update']]);
  });

  test('control messages, other log groups and clusters of others are left alone', () => {
    const line = audit({
      objectRef: { resource: 'captures', namespace: 'a', name: 'b', apiGroup: 'retina.sh' },
    });
    expect(decode(subscription([line], { messageType: 'CONTROL_MESSAGE' }), ['prod'])).toEqual([]);
    expect(decode(subscription([line], { logGroup: '/other' }), ['prod'])).toEqual([]);
    expect(decode(subscription([line]), ['dev'])).toEqual([]);
    expect(decode(subscription(['no json', line]), ['prod'])).toHaveLength(1);
  });

  test('data that inflates without end, or is cut, is an error and not a crash', () => {
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024)).toString('base64');
    expect(() => decode({ awslogs: { data: bomb } }, ['prod'])).toThrow(/larger than/);
    const { data } = subscription(lines).awslogs;
    expect(() => decode({ awslogs: { data: data.slice(0, 100) } }, ['prod'])).toThrow();
  });
});

test('an audit webhook posts the same events bare', () => {
  const list = {
    kind: 'EventList',
    apiVersion: 'audit.k8s.io/v1',
    items: lines.map(line => JSON.parse(line)),
  };
  expect(keys(decode(list, ['prod']))).toEqual(keys(decode(subscription(lines), ['prod'])));
});

describe('kubernetes-event-exporter', () => {
  const exported = (detail: object) => ({
    version: '0',
    id: 'e-1',
    'detail-type': 'deployment',
    source: 'cd',
    time: '2026-01-01T00:00:00Z',
    detail: { reason: 'Completed', message: 'Job completed', clusterName: 'prod', ...detail },
  });
  const object = {
    kind: 'Job',
    namespace: 'default',
    name: 'demo-node1-abc',
    labels: { 'capture-name': 'demo' },
  };

  test('whole events and those of the shorter layout', () => {
    const expected = [['default', 'demo', 'Job event Completed']];
    expect(keys(decode(exported({ involvedObject: object }), ['prod', 'dev']))).toEqual(expected);
    expect(keys(decode(exported({ object, clusterName: '' }), ['prod']))).toEqual(expected);
  });

  test('an event that could be of any cluster is left to the sweep', () => {
    expect(decode(exported({ object, clusterName: '' }), ['prod', 'dev'])).toEqual([]);
  });
});

test.each(['resource', 'ref'])('Knative CloudEvents in %s mode', mode => {
  const event = {
    specversion: '1.0',
    id: 'f3d6',
    source: 'https://10.96.0.1:443',
    type: `dev.knative.apiserver.${mode}.update`,
    subject: '/apis/retina.sh/v1alpha1/namespaces/default/captures/demo',
    kind: 'Capture',
    apiversion: 'retina.sh/v1alpha1',
    name: 'demo',
    namespace: 'default',
    data:
      mode === 'ref'
        ? { kind: 'Capture', namespace: 'default', name: 'demo' }
        : { metadata: { name: 'demo' } },
  };
  const expected = [['default', 'demo', `dev.knative.apiserver.${mode}.update`]];
  expect(keys(decode(event, ['prod']))).toEqual(expected);
  expect(keys(decode({ version: '0', detail: event }, ['prod']))).toEqual(expected);
});

test('an event of no known kind is an error', () => {
  expect(() => decode({ Records: [] }, ['prod'])).toThrow('no kind that is known');
});

test('never anything but hints or an error, whatever it is given', () => {
  fc.assert(
    fc.property(fc.anything(), event => {
      let hints: Hint[];
      try {
        hints = decode(event, ['prod']);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        return;
      }
      expect(Array.isArray(hints)).toBe(true);
    }),
  );
});

describe('hints on the bus', () => {
  const hint: Hint = {
    cluster: 'prod',
    namespace: 'default',
    name: 'demo',
    reason: 'captures create',
    auditID: 'a-1',
  };
  const message = (data: object, type = 'Capture Hint') =>
    JSON.stringify({ source: 'serverless-capture', 'detail-type': type, detail: { metadata: {}, data } });

  test('the same fact has the same id', () => {
    expect(hintEvent(hint).detail.metadata.id).toBe(
      hintEvent({ ...hint, seenAt: 'later' }).detail.metadata.id,
    );
    expect(hintEvent(hint).detail.metadata.id).not.toBe(
      hintEvent({ ...hint, auditID: 'a-2' }).detail.metadata.id,
    );
  });

  test('are read back as they were', () => {
    const { detailType, detail } = hintEvent(hint);
    expect(readHint(message(detail.data, detailType))).toEqual(hint);
  });

  test('an indexed file is a hint at its Capture', () => {
    const data = { cluster: 'prod', namespace: 'default', name: 'demo', key: 'x' };
    expect(readHint(message(data, 'Capture Indexed'))).toMatchObject({ name: 'demo', reason: 'indexed' });
  });

  test.each([
    ['no JSON', 'x'],
    [
      'another source',
      JSON.stringify({ source: 'x', 'detail-type': 'Capture Hint', detail: { data: hint } }),
    ],
    ['a name that is a path', message({ ...hint, name: '../secrets' })],
    ['a namespace that is a path', message({ ...hint, namespace: 'a/../b' })],
    ['two dots', message({ ...hint, name: '..' })],
  ])('%s is refused', (_, body) => {
    expect(() => readHint(body)).toThrow();
  });
});
