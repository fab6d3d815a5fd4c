import { get, type TestCluster, testCluster } from './client.ts';

const pods = '/api/v1/namespaces/default/pods';
const binding = (node: string, uid?: unknown) => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name: 'pod', ...(uid !== undefined && { uid }) },
  target: { apiVersion: 'v1', kind: 'Node', name: node },
});

describe('the binding of a pod', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await testCluster();
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    await cluster.call('POST', pods, { metadata: { name: 'pod' }, spec });
  });
  afterEach(() => cluster.close());
  const bind = (body: unknown) => cluster.call('POST', `${pods}/pod/binding`, body);

  it('gives it a node', async () => {
    expect(await bind(binding('node-1'))).toMatchObject({
      code: 201,
      body: { kind: 'Status', status: 'Success' },
    });
    const { body } = await cluster.call('GET', `${pods}/pod`);
    expect(get(body, 'spec.nodeName')).toBe('node-1');
    expect(get(body, 'status.conditions.0')).toMatchObject({ type: 'PodScheduled', status: 'True' });
  });

  it('is made once', async () => {
    await bind(binding('node-1'));
    const { code, body } = await bind(binding('node-2'));
    expect(code).toBe(409);
    expect(body.message).toContain('already assigned to node "node-1"');
  });

  it('is of the pod that was meant', async () => {
    expect(await bind(binding('node-1', 'another'))).toMatchObject({ code: 409 });
    const { body } = await cluster.call('GET', `${pods}/pod`);
    expect(await bind(binding('node-1', get(body, 'metadata.uid')))).toMatchObject({ code: 201 });
  });

  it('needs a pod and a node', async () => {
    expect(await cluster.call('POST', `${pods}/gone/binding`, binding('node-1'))).toMatchObject({
      code: 404,
    });
    expect(await bind(binding(''))).toMatchObject({ code: 400 });
  });
});
