import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, get, type TestCluster, testCluster } from './client.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('startCluster', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await testCluster();
  });
  afterEach(() => cluster.close());

  it('has the namespaces of a new cluster, each with its default ServiceAccount', async () => {
    const { body } = await cluster.call('GET', '/api/v1/serviceaccounts');
    expect((body.items as unknown[]).map(item => get(item, 'metadata.namespace'))).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
  });

  it('keeps objects, uids and the count of revisions over a restart', async () => {
    const made = await cluster.call('POST', configMaps, { metadata: { name: 'kept' }, data: { a: '1' } });
    cluster = await cluster.restart();
    const { body } = await cluster.call('GET', `${configMaps}/kept`);
    expect(body).toEqual(made.body);
    const next = await cluster.call('POST', configMaps, { metadata: { name: 'next' } });
    expect(Number(get(next.body, 'metadata.resourceVersion'))).toBeGreaterThan(
      Number(get(made.body, 'metadata.resourceVersion')),
    );
  });

  it('passes over a journal line that a crash cut short', async () => {
    await cluster.call('POST', configMaps, { metadata: { name: 'whole' } });
    appendFileSync(
      join(cluster.dataDir, 'objects.ndjson'),
      '{"revision":99,"resource":"/configmaps","key":"defa',
    );
    cluster = await cluster.restart();
    expect((await cluster.call('GET', `${configMaps}/whole`)).code).toBe(200);
    expect((await cluster.call('POST', configMaps, { metadata: { name: 'after' } })).code).toBe(201);
    cluster = await cluster.restart();
    expect((await cluster.call('GET', `${configMaps}/after`)).code).toBe(200);
  });

  it('writes each audit event to the log before it passes it on', async () => {
    await cluster.call('POST', configMaps, { metadata: { name: 'seen' } });
    const logged = readFileSync(join(cluster.dataDir, 'audit.log'), 'utf8').trimEnd().split('\n');
    expect(logged.map(line => JSON.parse(line))).toEqual(cluster.audit);
    expect(cluster.audit.at(-1)).toMatchObject({
      verb: 'create',
      objectRef: { name: 'seen' },
      level: 'Metadata',
    });
  });

  it('refuses a port that is in use', async () => {
    const port = Number(new URL(cluster.url).port);
    await expect(testCluster({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('deletes what is in a namespace and then the namespace', async () => {
    await cluster.call('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    await cluster.call('POST', '/api/v1/namespaces/shop/configmaps', { metadata: { name: 'x' } });
    const { body } = await cluster.call('DELETE', '/api/v1/namespaces/shop');
    expect(get(body, 'status.phase')).toBe('Terminating');
    await eventually(
      () => cluster.call('GET', '/api/v1/namespaces/shop'),
      ({ code }) => code === 404,
    );
    expect((await cluster.call('GET', '/api/v1/namespaces/shop/configmaps')).body.items).toEqual([]);
  });

  it('passes on the log of a container, and names the containers where one must be chosen', async () => {
    await cluster.close();
    cluster = await testCluster({
      async *podLogs(namespace, name, container, options) {
        yield `${namespace}/${name}/${container} ${JSON.stringify(options)}\n`;
      },
    });
    const pods = '/api/v1/namespaces/default/pods';
    const containers = [
      { name: 'a', image: 'x' },
      { name: 'b', image: 'x' },
    ];
    await cluster.call('POST', pods, { metadata: { name: 'p' }, spec: { containers } });
    const log = await cluster.call('GET', `${pods}/p/log?container=b&tailLines=5`);
    expect(log.body.text).toBe('default/p/b {"follow":false,"tailLines":5}\n');
    expect(log.headers.get('content-type')).toBe('text/plain');
    const unclear = await cluster.call('GET', `${pods}/p/log`);
    expect(unclear).toMatchObject({
      code: 400,
      body: { message: expect.stringContaining('choose one of: [a b]') },
    });
    expect((await cluster.call('GET', `${pods}/p/log?container=c`)).code).toBe(400);
  });

  it('makes a status write of a stale version fail, and one of the current version count', async () => {
    const { body } = await cluster.call('POST', '/api/v1/nodes', { metadata: { name: 'n' } });
    const path = '/api/v1/nodes/n/status';
    const written = await cluster.call('PUT', path, { ...body, status: { phase: 'x' } });
    expect(written.code).toBe(200);
    expect(get(written.body, 'metadata.resourceVersion')).not.toBe(get(body, 'metadata.resourceVersion'));
    const stale = await cluster.call('PUT', path, { ...body, status: { phase: 'y' } });
    expect(stale).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
  });
});
