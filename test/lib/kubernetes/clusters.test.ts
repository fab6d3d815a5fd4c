import { EKSClient } from '@aws-sdk/client-eks';
import { createClusters } from '../../../lib/kubernetes/clusters.ts';
import { CertificateError, NotFoundError } from '../../../lib/kubernetes/errors.ts';

function eksOf(describe: (call: number) => { endpoint?: string } | Error) {
  const client = new EKSClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });
  const state = { client, calls: 0 };
  client.send = (async () => {
    const answer = describe(++state.calls);
    if (answer instanceof Error) throw answer;
    return { cluster: { status: 'ACTIVE', ...answer } };
  }) as typeof client.send;
  return state;
}
const forever = () => Infinity;
const serverOf = async (_client: unknown, server: string) => server;

test('asks once where a cluster is', async () => {
  const eks = eksOf(() => ({ endpoint: 'https://one' }));
  const clusters = createClusters(eks.client);
  expect(await clusters.use('prod', forever, serverOf)).toBe('https://one');
  expect(await clusters.use('prod', forever, serverOf)).toBe('https://one');
  expect(eks.calls).toBe(1);
});

test('asks again, once, when the certificate is not the one that was expected', async () => {
  const eks = eksOf(call => ({ endpoint: `https://endpoint-${call}` }));
  const clusters = createClusters(eks.client);
  const seen: string[] = [];
  const work = async (_: unknown, server: string) => {
    seen.push(server);
    throw new CertificateError('rotated');
  };
  await expect(clusters.use('prod', forever, work)).rejects.toBeInstanceOf(CertificateError);
  expect(seen).toEqual(['https://endpoint-1', 'https://endpoint-2']);
});

test('does not repeat what failed for another reason', async () => {
  const eks = eksOf(() => ({ endpoint: 'https://one' }));
  let runs = 0;
  const work = async () => {
    runs++;
    throw new NotFoundError('gone');
  };
  await expect(createClusters(eks.client).use('prod', forever, work)).rejects.toBeInstanceOf(NotFoundError);
  expect(runs).toBe(1);
});

test('does not remember that it could not be asked', async () => {
  const eks = eksOf(call => (call === 1 ? new Error('throttled') : { endpoint: 'https://one' }));
  const clusters = createClusters(eks.client);
  await expect(clusters.use('prod', forever, serverOf)).rejects.toThrow('throttled');
  expect(await clusters.use('prod', forever, serverOf)).toBe('https://one');
});

test('says when a cluster has no endpoint yet', async () => {
  const eks = eksOf(() => ({}));
  await expect(createClusters(eks.client).use('prod', forever, serverOf)).rejects.toThrow(
    'prod has no endpoint',
  );
});
