import { gunzipSync } from 'node:zlib';
import { storeSnapshot, takeSnapshot } from '../../../lib/capture/snapshot.ts';
import { paths } from '../../../lib/kubernetes/paths.ts';
import type { Objects } from '../../../lib/storage/objects.ts';
import { IdentitySnapshot, snapshotKey } from '../../../lib/storage/snapshot.ts';
import { openStage, type Stage } from '../../faults/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  const { direct } = stage;
  const make = async (path: string, object: object, status?: object) => {
    const made = await direct.create<{ metadata: { name: string; uid: string } }>(path, object as never);
    if (status) await direct.update<object>(`${path}/${made.metadata.name}/status`, { ...made, status });
    return made.metadata.uid;
  };
  const owner = (kind: string, name: string, uid: string) => [
    { apiVersion: 'apps/v1', kind, name, uid, controller: true },
  ];
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  const workload = { selector: { matchLabels: { app: 'web' } }, template };
  const apps = '/apis/apps/v1/namespaces/default';
  const deployment = await make(`${apps}/deployments`, { metadata: { name: 'web' }, spec: workload });
  const set = await make(`${apps}/replicasets`, {
    metadata: { name: 'web-1', ownerReferences: owner('Deployment', 'web', deployment) },
    spec: workload,
  });
  await make(
    paths.pods('default'),
    {
      metadata: {
        name: 'web-1-a',
        labels: { app: 'web' },
        ownerReferences: owner('ReplicaSet', 'web-1', set),
      },
      spec: {
        nodeName: 'node-1',
        containers: [{ name: 'c', image: 'i', env: [{ name: 'TOKEN', value: 'hunter2' }] }],
      },
    },
    { phase: 'Running', podIP: '10.1.0.1', podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }] },
  );
  await make('/api/v1/namespaces/default/services', {
    metadata: { name: 'web' },
    spec: {
      clusterIP: '10.96.0.10',
      clusterIPs: ['10.96.0.10'],
      ports: [{ port: 80, name: 'http', protocol: 'TCP' }],
    },
  });
  await make('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [
      { addresses: ['10.1.0.1'], conditions: { ready: true } },
      { addresses: ['10.1.0.9'], conditions: { ready: false } },
    ],
    ports: [{ port: 8080, protocol: 'TCP' }],
  });
});
afterAll(() => stage.close());

test('says what each address is, and nothing that it need not', async () => {
  const snapshot = await takeSnapshot(stage.direct, 'prod', new Date('2026-01-01T00:00:00Z'));
  expect(IdentitySnapshot.parse(snapshot)).toEqual(snapshot);
  expect(snapshot.pods).toEqual([
    expect.objectContaining({
      namespace: 'default',
      name: 'web-1-a',
      ips: ['10.1.0.1', 'fd00::1'],
      node: 'node-1',
      hostNetwork: false,
      workloadKind: 'Deployment',
      workloadName: 'web',
      labels: { app: 'web' },
      created: expect.stringMatching(/^\d{4}-.*Z$/),
    }),
  ]);
  expect(snapshot.services).toContainEqual({
    namespace: 'default',
    name: 'web',
    ips: ['10.96.0.10'],
    ports: [{ port: 80, protocol: 'TCP', name: 'http' }],
    endpoints: [{ ip: '10.1.0.1', port: 8080 }],
  });
  expect(snapshot.nodes.map(({ name }) => name)).toEqual(['node-1', 'node-2', 'node-3']);
  expect(JSON.stringify(snapshot)).not.toContain('hunter2');
});

test('is stored once, gzipped, where the index looks for it', async () => {
  const puts: [string, Uint8Array | string, object | undefined][] = [];
  const objects = { put: async (...put: (typeof puts)[number]) => puts.push(put) > 0 } as unknown as Objects;
  await storeSnapshot(stage.direct, objects, 'index/', 'prod', 'u-1', 'start');
  const [key, body, options] = puts[0]!;
  expect(key).toBe(snapshotKey('index/', 'prod', 'u-1', 'start'));
  expect(options).toMatchObject({ ifNoneMatch: '*', contentEncoding: 'gzip' });
  expect(IdentitySnapshot.parse(JSON.parse(gunzipSync(body as Uint8Array).toString())).cluster).toBe('prod');
});
