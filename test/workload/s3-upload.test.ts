import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Cloud, startCloud } from '../../local/cloud/cloud.ts';
import { FIXTURE_BUCKET as BUCKET, FIXTURE } from '../local/cloud/running.ts';
import { run, Sandbox, start, startTraffic, until } from './run.ts';

const closed: (() => unknown)[] = [];
let box: Sandbox;
let dataDir: string;

beforeEach(() => {
  box = new Sandbox();
  dataDir = mkdtempSync(join(tmpdir(), 's3-upload-'));
  process.env.FIXTURE_RECORD = join(dataDir, 'record.ndjson');
});
afterEach(async () => {
  for (const close of closed.splice(0).reverse()) await close();
  box.remove();
  rmSync(dataDir, { recursive: true, force: true });
});

async function startS3(port = 0): Promise<Cloud> {
  const clusters = [{ name: 'demo', endpoint: 'http://127.0.0.1:1' }];
  const cloud = await startCloud({ dataDir, host: '127.0.0.1', port, serverlessFile: FIXTURE, clusters });
  closed.push(() => cloud.close());
  return cloud;
}

function secret(keyId: string, key: string) {
  box.write('/etc/s3-upload-secret/s3-access-key-id', `${keyId}\n`);
  box.write('/etc/s3-upload-secret/s3-secret-access-key', `${key}\n`);
}

const environment = (s3Url: string) => ({
  AWS_ENDPOINT_URL_S3: s3Url, // as a cloud node's own settings would lead there
  S3_BUCKET: BUCKET,
  S3_REGION: 'us-east-1',
  S3_ENDPOINT: '',
  S3_PATH: 'captures',
  CAPTURE_DURATION: '300ms',
});

async function head(cloud: Cloud, key: string) {
  const client = new S3Client({
    endpoint: cloud.s3Url,
    region: cloud.region,
    credentials: cloud.credentials,
    forcePathStyle: true,
  });
  const answer = await client.send(
    new HeadObjectCommand({ Bucket: BUCKET, Key: key, ChecksumMode: 'ENABLED' }),
  );
  client.destroy();
  return answer;
}

describe('an upload', () => {
  it.each([
    ['one request', { CAPTURE_DURATION: '300ms' }, 100],
    ['parts', { CAPTURE_DURATION: '0', CAPTURE_MAX_SIZE: '20' }, 2_000_000],
  ])('in %s can be proven by size and checksum of the whole object', async (_, limit, bytes) => {
    const cloud = await startS3();
    secret(cloud.credentials.accessKeyId, cloud.credentials.secretAccessKey);
    const traffic = await startTraffic(bytes);
    closed.push(traffic.stop);
    const filter = { PCAP_FILTER: `tcp port ${traffic.port}`, CAPTURE_NAMESPACE: 'shop' };
    const { code, report } = await run(box, { ...environment(cloud.s3Url), ...limit, ...filter });
    expect(report.error).toBeUndefined();
    expect(code).toBe(0);
    const object = await head(cloud, `captures/${report.file}`);
    expect(object).toMatchObject({
      ContentLength: report.bytes,
      ChecksumCRC32: report.crc32,
      ChecksumType: 'FULL_OBJECT',
      Metadata: { 'capture-name': 'sample', 'capture-namespace': 'shop', 'capture-node': 'node-1' },
    });
    expect(report.outputs).toEqual([
      { type: 'S3Upload', bucket: BUCKET, key: `captures/${report.file}`, etag: object.ETag },
    ]);
  });

  it.each([
    ['a wrong key', { key: 'wrong' }, /^S3Upload: .*signature/i],
    ['a bucket that is missing', { S3_BUCKET: 'missing-bucket' }, /^S3Upload: .*bucket/i],
  ])('with %s fails and says so', async (_, wrong, message) => {
    const cloud = await startS3();
    const { key, ...variables } = wrong as Record<string, string>;
    secret(cloud.credentials.accessKeyId, key ?? cloud.credentials.secretAccessKey);
    const { code, report } = await run(box, { ...environment(cloud.s3Url), ...variables });
    expect(code).toBe(1);
    expect(report.error).toMatch(message);
    expect(report.outputs).toEqual([]);
  });

  it('waits for an S3 that is away for a moment', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise(done => server.close(done));
    secret('LOCALEXAMPLEKEY', 'local/example/secret');
    const { finished, output } = start(box, environment(`http://127.0.0.1:${port}`));
    await until('the end of the capture', () => output().includes('packets captured'));
    await new Promise(resolve => setTimeout(resolve, 1_500));
    await startS3(port);
    expect(await finished).toMatchObject({ code: 0, report: { outputs: [{ type: 'S3Upload' }] } });
  }, 120_000);
});
