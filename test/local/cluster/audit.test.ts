import { readFileSync } from 'node:fs';
import type { AuditEvent } from '../../../local/cluster/audit.ts';
import { shared } from '../../shared.ts';
import { eventually, get, merge, strategic, type TestCluster, testCluster } from './client.ts';

const jobs = '/apis/batch/v1/namespaces/default/jobs';
const pods = '/api/v1/namespaces/default/pods';

const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'demo-node1-abc', labels: { 'capture-name': 'demo' } },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'capture', image: 'busybox' }] } },
  },
};
const asNode = { 'impersonate-user': 'system:node:node1', 'impersonate-group': 'system:nodes' };
const asJobController = { 'impersonate-user': 'system:serviceaccount:kube-system:job-controller' };

/** Real events of a kube-apiserver under the EKS policy. */
const real = readFileSync(shared('reference/audit-events.ndjson'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as AuditEvent);

function like(event: AuditEvent | undefined) {
  const { resource, subresource } = event?.objectRef ?? {};
  const references = Object.keys(event?.objectRef ?? {}).sort();
  const { level, stage, verb, user } = event ?? {};
  return {
    keys: Object.keys(event ?? {}).sort(),
    level,
    stage,
    verb,
    resource,
    subresource,
    references,
    user: user?.username,
    groups: user?.groups,
  };
}

describe('the audit log', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await testCluster();
  });
  afterEach(() => cluster.close());

  const last = () => cluster.audit.at(-1);

  it('logs a Job status as the job-controller of a real cluster does', async () => {
    await cluster.call('POST', jobs, job);
    const { body } = await cluster.call('GET', `${jobs}/demo-node1-abc`);
    await cluster.call(
      'PUT',
      `${jobs}/demo-node1-abc/status`,
      { ...body, status: { active: 1 } },
      asJobController,
    );
    const wanted = real.find(event => event.verb === 'update' && event.objectRef?.subresource === 'status');
    expect(like(last())).toEqual(like(wanted));
    expect(wanted).toBeDefined();
    expect(get(last()?.responseObject, 'metadata.labels')).toEqual({ 'capture-name': 'demo' });
    expect(last()?.objectRef?.resourceVersion).toBe(get(body, 'metadata.resourceVersion'));
  });

  it('logs a pod status as a kubelet does: the patch, and no answer', async () => {
    await cluster.call('POST', pods, {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'a', image: 'b' }] },
    });
    await cluster.call(
      'PATCH',
      `${pods}/p/status`,
      { metadata: { uid: 'u' }, status: { phase: 'Running' } },
      { ...strategic, ...asNode },
    );
    const wanted = real.find(event => event.verb === 'patch' && event.objectRef?.resource === 'pods');
    expect(like(last())).toEqual(like(wanted));
  });

  it('names an EKS token by the role of its session, and never shows the token', async () => {
    await cluster.call('GET', jobs, undefined, { authorization: 'Bearer k8s-aws-v1.aHR0cHM6Ly9zdHM' });
    expect(last()?.user.username).toMatch(/^arn:aws:sts::000000000000:assumed-role\/serverless-capture\//);
    expect(JSON.stringify(last())).not.toContain('aHR0cHM6');
  });

  it('keeps the content of secrets out', async () => {
    const secret = { metadata: { name: 's' }, stringData: { key: 'do-not-log' } };
    await cluster.call('POST', '/api/v1/namespaces/default/secrets', secret);
    await cluster.call(
      'PATCH',
      '/api/v1/namespaces/default/secrets/s',
      { stringData: { key: 'nor-this' } },
      merge,
    );
    const log = JSON.stringify(cluster.audit);
    expect(log).not.toMatch(/do-not-log|nor-this|ZG8tbm90LWxvZw/);
    expect(last()).toMatchObject({ level: 'Metadata', verb: 'patch', objectRef: { name: 's' } });
  });

  it('says nothing of core events and of health', async () => {
    const before = cluster.audit.length;
    const event = {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    };
    expect((await cluster.call('POST', '/api/v1/namespaces/default/events', event)).code).toBe(201);
    await cluster.call('GET', '/healthz');
    await cluster.call('GET', '/version');
    expect(cluster.audit.length).toBe(before);
  });

  it('shows what the garbage collector deletes, and who it is', async () => {
    const owner = await cluster.call('POST', '/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'o' },
    });
    const reference = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'o',
      uid: get(owner.body, 'metadata.uid'),
    };
    await cluster.call('POST', pods, {
      metadata: { name: 'owned', ownerReferences: [reference] },
      spec: { containers: [{ name: 'a', image: 'b' }] },
    });
    await cluster.call('DELETE', '/api/v1/namespaces/default/configmaps/o');
    await eventually(
      () => cluster.call('GET', `${pods}/owned`),
      ({ code }) => code === 404,
    );
    const wanted = real.find(
      event => event.user.username.endsWith('generic-garbage-collector') && event.verb === 'delete',
    );
    expect(
      like(cluster.audit.find(event => event.verb === 'delete' && event.objectRef?.name === 'owned')),
    ).toEqual(like(wanted));
  });
});
