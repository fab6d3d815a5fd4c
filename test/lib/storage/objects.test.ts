import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { createObjects, type Objects } from '../../../lib/storage/objects.ts';
import { type Cloud, startCloud } from '../../../local/cloud/cloud.ts';

const folder = mkdtempSync(join(tmpdir(), 'objects-'));
let cloud: Cloud;
let objects: Objects;

beforeAll(async () => {
  cloud = await startCloud({
    dataDir: folder,
    host: '127.0.0.1',
    port: 0,
    serverlessFile: join(import.meta.dirname, '../../../serverless.yml'),
    clusters: [],
  });
  cloud.buckets.create('test-bucket');
  const { s3Url: endpoint, region, credentials } = cloud;
  objects = createObjects(
    'test-bucket',
    new S3Client({ endpoint, region, credentials, forcePathStyle: true }),
  );
});
afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
});

const bytes = (body: Uint8Array | undefined) => body && Buffer.from(body).toString();

test('what is put is read back, whole, in ranges and as a stream', async () => {
  const etag = await objects.put('a/b', 'hello world', { metadata: { 'capture-node': 'n1' } });
  expect((await objects.head('a/b'))?.etag).toBe(etag);
  expect(bytes(await objects.get('a/b'))).toBe('hello world');
  expect(bytes(await objects.get('a/b', { start: 6, end: 11 }))).toBe('world');
  expect(bytes(await objects.get('a/b', { start: 6, end: 6 }))).toBe('');
  expect(await text((await objects.stream('a/b'))!)).toBe('hello world');
});

test('a head says the size, the checksum of the whole, and the metadata', async () => {
  await objects.put('h', 'hello', { metadata: { 'capture-node': 'n1' } });
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32('hello'));
  expect(await objects.head('h')).toMatchObject({
    size: 5,
    crc32: checksum.toString('base64'),
    metadata: { 'capture-node': 'n1' },
    etag: expect.any(String),
    modified: expect.any(Date),
  });
});

test('an empty object is put without complaint', async () => {
  const warned = console.warn;
  const warnings: unknown[] = [];
  console.warn = (...words: unknown[]) => warnings.push(words);
  await objects.put('empty', '');
  console.warn = warned;
  expect((await objects.head('empty'))?.size).toBe(0);
  expect(warnings).toEqual([]);
});

test('what is not there is undefined, in each way of reading', async () => {
  expect(await objects.head('absent')).toBeUndefined();
  expect(await objects.get('absent')).toBeUndefined();
  expect(await objects.stream('absent')).toBeUndefined();
});

test('what cannot be read is an error', async () => {
  await expect(
    createObjects(
      'no-such-bucket',
      new S3Client({
        endpoint: cloud.s3Url,
        region: cloud.region,
        credentials: { accessKeyId: 'wrong', secretAccessKey: 'wrong' },
        forcePathStyle: true,
      }),
    ).get('x'),
  ).rejects.toThrow();
});

test('a condition that does not hold puts nothing', async () => {
  const etag = await objects.put('once', '1', { ifNoneMatch: '*' });
  expect(etag).toEqual(expect.any(String));
  expect(await objects.put('once', '2', { ifNoneMatch: '*' })).toBeUndefined();
  const next = await objects.put('once', '3', { ifMatch: etag! });
  expect(next).not.toBe(etag);
  expect(await objects.put('once', '4', { ifMatch: etag! })).toBeUndefined();
  expect(bytes(await objects.get('once'))).toBe('3');
});

test('a body whose pieces are overwritten one by the next is uploaded as it was', async () => {
  async function* body() {
    const piece = new Uint8Array(1_000_000);
    for (let number = 0; number < 12; number++) yield piece.fill(number);
  }
  await objects.upload('overwritten', body());
  const stored = await objects.get('overwritten');
  const expected = Buffer.concat(Array.from({ length: 12 }, (_, number) => Buffer.alloc(1_000_000, number)));
  expect(expected.equals(stored!)).toBe(true);
});

test('a stream of unknown length is uploaded in parts', async () => {
  const part = Buffer.alloc(1024 * 1024, 'x');
  await objects.upload('large', Readable.from(Array.from({ length: 12 }, () => part)));
  expect((await objects.head('large'))?.size).toBe(12 * 1024 * 1024);
});

test('lists by prefix, and no more after a delete', async () => {
  for (const key of ['l/1', 'l/2', 'm/1']) await objects.put(key, key);
  const list = async (prefix: string) => {
    const keys: string[] = [];
    for await (const { key } of objects.list(prefix)) keys.push(key);
    return keys;
  };
  expect(await list('l/')).toEqual(['l/1', 'l/2']);
  await objects.delete('l/1');
  await objects.delete('l/absent');
  expect(await list('l/')).toEqual(['l/2']);
});
