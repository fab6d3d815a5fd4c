import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { applyYaml, json, merge, strategic, type TestCluster, testCluster } from './client.ts';

const definition: unknown = load(
  readFileSync(new URL('../../../deploy/crd/captures.yaml', import.meta.url), 'utf8'),
);
const captures = '/apis/retina.sh/v1alpha1/namespaces/default/captures';

/** Bodies that are nearly right, and values that are not. */
const value = fc.jsonValue({ maxDepth: 3 });
const keys = fc.constantFrom(
  'metadata',
  'spec',
  'status',
  'data',
  'labels',
  'finalizers',
  'ownerReferences',
  'containers',
  'template',
  'name',
  'ports',
  'env',
  'volumes',
  'resources',
  'versions',
  'names',
  'schema',
  '__proto__',
  'constructor',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
);
const tree = fc.letrec<{ node: unknown }>(tie => ({
  node: fc.oneof(
    { depthSize: 'medium' },
    value,
    fc.dictionary(keys, tie('node')),
    fc.array(tie('node'), { maxLength: 3 }),
  ),
})).node;
const paths = fc.constantFrom(
  '/api/v1/namespaces/default/pods',
  '/api/v1/namespaces/default/services',
  '/api/v1/namespaces/default/secrets',
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/events',
  '/api/v1/namespaces/default/persistentvolumeclaims',
  '/api/v1/namespaces',
  '/api/v1/nodes',
  '/apis/batch/v1/namespaces/default/jobs',
  '/apis/apps/v1/namespaces/default/deployments',
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  captures,
);
const types = fc.constantFrom(
  merge,
  json,
  strategic,
  applyYaml,
  { 'content-type': 'application/yaml' },
  { 'content-type': 'application/vnd.kubernetes.protobuf' },
);

describe('whatever is sent', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await testCluster();
    await cluster.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  });
  afterAll(() => cluster.close());

  async function named(path: string): Promise<{ apiVersion: string; kind: string }> {
    const { body } = await cluster.call('GET', `${path}?limit=1`);
    return { apiVersion: String(body.apiVersion), kind: String(body.kind).replace(/List$/, '') };
  }

  it('is made or refused with a Status, and never breaks the server', async () => {
    await fc.assert(
      fc.asyncProperty(paths, fc.dictionary(keys, tree), async (path, body) => {
        const kind = await named(path);
        const answer = await cluster.call('POST', path, {
          ...body,
          ...kind,
          metadata: { name: 'x', ...(body.metadata as object) },
        });
        expect([201, 400, 403, 404, 409, 422, 500]).toContain(answer.code);
        if (answer.code === 500) expect(answer.body.message).toContain('resourceVersion should not be set');
        if (answer.code === 201 && kind.kind !== 'Namespace')
          await cluster.call('DELETE', `${path}/x?gracePeriodSeconds=0`);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it('patches an object or leaves it as it was', async () => {
    await cluster.call('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'kept' },
      spec: { containers: [{ name: 'a', image: 'b' }] },
    });
    await fc.assert(
      fc.asyncProperty(types, tree, async (type, body) => {
        const path = '/api/v1/namespaces/default/pods/kept?fieldManager=f&dryRun=All';
        const answer = await cluster.call('PATCH', path, JSON.stringify(body), type);
        expect([200, 400, 409, 415, 422]).toContain(answer.code);
      }),
      { numRuns: 200 },
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  }, 60_000);

  it('takes aliases of YAML, and refuses those that would grow without end', async () => {
    const yaml = { 'content-type': 'application/yaml' };
    const path = '/api/v1/namespaces/default/configmaps';
    const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: aliased }\n';
    const twice = await cluster.call('POST', path, `${head}data: { a: &a text, b: *a }\n`, yaml);
    expect([twice.code, twice.body.data]).toEqual([201, { a: 'text', b: 'text' }]);
    const level = (n: number) =>
      `l${n}: &l${n} [${Array(9)
        .fill(`*l${n - 1}`)
        .join(', ')}]\n`;
    const bomb = `${head}l0: &l0 [x]\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map(level).join('')}`;
    const { code, body } = await cluster.call('POST', path, bomb, yaml);
    expect([code, body.message]).toEqual([
      400,
      expect.stringMatching(/^error converting YAML to JSON: .*alias/),
    ]);
  });

  it('does not reach the prototypes of the server through a JSON patch', async () => {
    await cluster.call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'm' } });
    for (const path of [
      '/__proto__/polluted',
      '/constructor/prototype/polluted',
      '/metadata/__proto__/polluted',
    ])
      await cluster.call(
        'PATCH',
        '/api/v1/namespaces/default/configmaps/m',
        [{ op: 'add', path, value: 'yes' }],
        json,
      );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((await cluster.call('GET', '/api/v1/namespaces/default/configmaps/m')).code).toBe(200);
  });

  it.each([
    '/api/v1/%zz',

    '/apis/batch/v1/namespaces/default/jobs/..%2f..',
    '/api/v1/namespaces/default/configmaps?limit=-1',
    '/api/v1/namespaces/default/configmaps?limit=x',
  ])('answers a path such as %s', async path => {
    const { port } = new URL(cluster.url);
    const code = await new Promise<number | undefined>((resolve, reject) =>
      request({ port, host: '127.0.0.1', path }, response => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end(),
    );
    expect([400, 404]).toContain(code);
  });

  it('refuses a body that is too large', async () => {
    const answer = await cluster.call('POST', '/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'big' },
      data: { a: 'x'.repeat(4_000_000) },
    });
    expect(answer.code).toBe(413);
  });

  it('refuses a definition whose pattern is no expression', async () => {
    const broken = JSON.parse(
      JSON.stringify(definition)
        .replaceAll('captures', 'broken')
        .replace(/"pattern":"[^"]*"/, '"pattern":"(["'),
    );
    const answer = await cluster.call(
      'POST',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      broken,
    );
    expect(answer.code).toBe(422);
  });
});
