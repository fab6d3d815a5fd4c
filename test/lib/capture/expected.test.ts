import { expectedKeys, storeExpected } from '../../../lib/capture/expected.ts';
import { ExpectedFiles, expectedKey, pointersTo } from '../../../lib/storage/expected.ts';
import { MemoryObjects } from '../index/memory-objects.ts';
import { captureOf, frozenOf, specOf } from './fixtures.ts';

const output = (s3Upload: object) => specOf({ output: { s3Upload: { secretName: 's', ...s3Upload } } });
const targets = ['node-1', 'node-2'].map(node => ({ node, podIPs: [] }));

async function stored(spec: unknown) {
  const objects = new MemoryObjects();
  const store = () => storeExpected(objects, 'index/', 'prod', captureOf(spec), frozenOf(spec, targets));
  await store();
  const before = new Map(objects.stored);
  await store();
  expect(objects.stored).toEqual(before);
  return objects;
}

it('tells the index which files are to come, and is found by the time in their names', async () => {
  const objects = await stored(output({ bucket: 'captures', path: 'a/b' }));
  const body = objects.stored.get(expectedKey('index/', 'prod', 'u-1'))!.body;
  const expected = ExpectedFiles.parse(JSON.parse(Buffer.from(body).toString()));
  expect(expected).toEqual({
    version: 1,
    cluster: 'prod',
    namespace: 'default',
    name: 'demo',
    uid: 'u-1',
    startTime: '2026-01-02T03:04:05Z',
    nodes: ['node-1', 'node-2'].map(node => ({
      node,
      keys: [`a/b/demo-${node}-20260102030405UTC.tar.gz`, `a/b/tmp/demo-${node}-20260102030405UTC.tar.gz`],
    })),
  });
  for (const key of expected.nodes.flatMap(({ keys }) => keys)) {
    expect(objects.keys(pointersTo('index/', key))).toEqual([
      'index/expected/started=20260102030405UTC/cluster=prod/capture=u-1',
    ]);
  }
});

it.each([
  ['another bucket', output({ bucket: 'other' })],
  ['another store', output({ bucket: 'captures', endpoint: 'https://minio' })],
  ['no bucket', specOf({})],
])('tells nothing of files in %s', async (_name, spec) => {
  expect((await stored(spec)).keys()).toEqual([]);
});

it.each([
  ['', ['demo-n-20260102030405UTC.tar.gz', '/tmp/demo-n-20260102030405UTC.tar.gz']],
  ['/a/', ['a/demo-n-20260102030405UTC.tar.gz', '/a/tmp/demo-n-20260102030405UTC.tar.gz']],
  ['./a//b/', ['a/b/demo-n-20260102030405UTC.tar.gz', 'a/b/tmp/demo-n-20260102030405UTC.tar.gz']],
  ['a', ['a/demo-n-20260102030405UTC.tar.gz', 'a/tmp/demo-n-20260102030405UTC.tar.gz']],
])('knows where either program puts a file under the path %j', (path, keys) => {
  const spec = frozenOf(output({ bucket: 'captures', path }), []).spec;
  expect(expectedKeys(captureOf(spec), spec, 'n', '2026-01-02T03:04:05Z')).toEqual(keys);
});
