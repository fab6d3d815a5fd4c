import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import { FIXTURE_BUCKET as Bucket, type Running, startFixture } from '../running.ts';

let running: Running;
let s3: S3Client;

beforeAll(async () => {
  running = await startFixture({ extraListen: ['127.0.0.2'] });
  s3 = new S3Client({});
});
afterAll(async () => {
  s3.destroy();
  await running.close();
});

const read = async (Key: string, more = {}) => {
  const { Body, ...rest } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...rest, bytes: Buffer.from(await Body!.transformToByteArray()) };
};
const put = (Key: string, Body: string | Buffer, more = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest('hex');
const crc = (bytes: Buffer) => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
};
const blobs = () => readdirSync(join(running.dataDir, 'objects')).length;

describe('an object', () => {
  it('comes back as it was put, with its headers, metadata, ETag and checksum', async () => {
    const bytes = randomBytes(100_000);
    const stored = await put('a/b.tar.gz', bytes, {
      ContentType: 'application/gzip',
      ContentEncoding: 'gzip',
      CacheControl: 'no-store',
      Metadata: { 'capture-name': 'demo', 'capture-node': 'node-1' },
    });
    expect(stored.ETag).toBe(`"${md5(bytes)}"`);
    const got = await read('a/b.tar.gz');
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(got).toMatchObject({
      ETag: stored.ETag,
      VersionId: stored.VersionId,
      ContentType: 'application/gzip',
      ContentEncoding: 'gzip',
      CacheControl: 'no-store',
      ContentLength: bytes.length,
      Metadata: { 'capture-name': 'demo', 'capture-node': 'node-1' },
      ChecksumCRC32: crc(bytes),
      ChecksumType: 'FULL_OBJECT',
    });
  });

  it('may come as a stream of unknown length, with its checksum in a trailer', async () => {
    const parts = [randomBytes(70_000), randomBytes(1), randomBytes(200_000)];
    const whole = Buffer.concat(parts);
    await put('stream', Readable.from(parts) as never, { ContentLength: whole.length });
    const got = await read('stream');
    expect(got.bytes.equals(whole)).toBe(true);
    expect(got.ContentEncoding).toBeUndefined();
    expect(got.ChecksumCRC32).toBe(crc(whole));
  });

  it.each(['SHA1', 'SHA256', 'CRC32C', 'CRC32'] as const)('is checked by %s', async ChecksumAlgorithm => {
    const bytes = randomBytes(5000);
    const stored = await put('sum', bytes, { ChecksumAlgorithm });
    const field = `Checksum${ChecksumAlgorithm}` as const;
    expect(stored[field]).toBeTruthy();
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }));
    expect(head[field]).toBe(stored[field]);
  });

  it.each([
    ['ChecksumCRC32', 'AAAAAA=='],
    ['ChecksumSHA256', createHash('sha256').update('other').digest('base64')],
    ['ChecksumCRC64NVME', 'AAAAAAAAAAA='],
    ['ContentMD5', createHash('md5').update('other').digest('base64')],
  ])('is refused when its %s is another', async (name, value) => {
    const before = blobs();
    await expect(put('wrong', 'these bytes', { [name]: value })).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(read('wrong')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(blobs()).toBe(before);
  });

  it('is gone once deleted, and deleting it again succeeds', async () => {
    await put('gone', 'x');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
    await expect(read('gone')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'gone' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('is copied with its metadata, or with new', async () => {
    await put('from', 'bytes', { Metadata: { a: '1' } });
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from` }));
    expect(await read('to')).toMatchObject({ Metadata: { a: '1' }, ETag: `"${md5('bytes')}"` });
    const replaced = { MetadataDirective: 'REPLACE', Metadata: { a: '2' } } as const;
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from`, ...replaced }));
    expect(await read('to')).toMatchObject({ Metadata: { a: '2' }, ETag: `"${md5('bytes')}"` });
  });

  it('has no older version', async () => {
    const { VersionId } = await put('versioned', '1');
    const second = await put('versioned', '2');
    expect(second.VersionId).not.toBe(VersionId);
    expect((await read('versioned', { VersionId: second.VersionId })).bytes.toString()).toBe('2');
    await expect(read('versioned', { VersionId })).rejects.toMatchObject({ name: 'NoSuchVersion' });
  });

  it('is in no bucket that does not exist', async () => {
    await expect(s3.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'x' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });
});

describe('a key', () => {
  it.each([
    '../../etc/passwd',
    './x',
    'a//b',
    '/lead',
    'ü 日本 😀',
    '+%2B%',
    'a?b#c&d',
    'x'.repeat(1024),
    'clusters/x',
  ])('%s names an object and no path', async key => {
    await put(key, key);
    expect((await read(key)).bytes.toString()).toBe(key);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: key }));
    expect(Contents?.map(({ Key }) => Key)).toContain(key);
  });

  it('is at most 1024 bytes long', async () => {
    await expect(put(`${'ü'.repeat(512)}x`, 'x')).rejects.toMatchObject({ name: 'KeyTooLongError' });
  });

  it('may be any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
          .filter(key => !/[\ud800-\udfff]/.test(key)),
        async key => {
          await put(`any/${key}`, key);
          expect((await read(`any/${key}`)).bytes.toString()).toBe(key);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a range', () => {
  const bytes = randomBytes(1000);
  beforeAll(() => put('range', bytes));

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=990-', 990, 1000],
    ['bytes=-7', 993, 1000],
    ['bytes=-5000', 0, 1000],
    ['bytes=500-99999', 500, 1000],
    ['bytes=999-999', 999, 1000],
  ])('%s', async (Range, start, end) => {
    const got = await read('range', { Range });
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(got.ContentRange).toBe(`bytes ${start}-${end - 1}/1000`);
    expect(got.bytes.equals(bytes.subarray(start, end))).toBe(true);
  });

  it.each(['bytes=1000-', 'bytes=-0'])('%s cannot be satisfied', async Range => {
    await expect(read('range', { Range })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  it.each(['bytes=9-1', 'lines=1-2', 'bytes=0-1,5-6'])('%s is ignored', async Range => {
    expect((await read('range', { Range })).bytes.equals(bytes)).toBe(true);
  });
});

describe('conditions', () => {
  it('let only one of two writers create an object', async () => {
    const results = await Promise.allSettled([1, 2].map(i => put('once', String(i), { IfNoneMatch: '*' })));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(result => result.status === 'rejected')).toMatchObject({
      reason: { name: 'PreconditionFailed' },
    });
  });

  it('are told of while much is still to be sent', async () => {
    await put('large', 'x');
    const large = Buffer.alloc(30 * 1024 * 1024);
    await expect(put('large', large, { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { attempts: 1 },
    });
    const { accessKeyId } = running.cloud.credentials;
    const stranger = new S3Client({ credentials: { accessKeyId, secretAccessKey: 'guess' } });
    await expect(
      stranger.send(new PutObjectCommand({ Bucket, Key: 'large', Body: large })),
    ).rejects.toMatchObject({ name: 'SignatureDoesNotMatch', $metadata: { attempts: 1 } });
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'large' }), {});
    expect((await fetch(url, { method: 'PUT', body: large })).status).toBe(403);
  });

  it('let a writer replace only what it has seen', async () => {
    const { ETag } = await put('seen', '1');
    const second = await put('seen', '2', { IfMatch: ETag });
    await expect(put('seen', '3', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('unseen', '3', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect((await read('seen', { IfMatch: second.ETag })).bytes.toString()).toBe('2');
  });

  it('spare a reader what it has', async () => {
    const { ETag } = await put('had', '1');
    await expect(read('had', { IfNoneMatch: ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(read('had', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    const later = new Date(Date.now() + 60_000);
    await expect(read('had', { IfModifiedSince: later })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
  });
});

describe('a listing', () => {
  it('pages through keys and common prefixes in the order of their bytes', async () => {
    const keys = ['l/a', 'l/b/1', 'l/b/2', 'l/b/3', 'l/c', 'l/d/x', 'l/é', 'l/😀', 'm'];
    for (const key of keys) await put(key, 'x');
    for (const MaxKeys of [1, 2, 3, 1000]) {
      const seen: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await s3.send(
          new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys, ContinuationToken }),
        );
        const names = [
          ...(page.Contents ?? []).map(c => c.Key!),
          ...(page.CommonPrefixes ?? []).map(c => c.Prefix!),
        ];
        expect(page.KeyCount).toBe(names.length);
        expect(names.length).toBeLessThanOrEqual(MaxKeys);
        seen.push(...names);
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken);
      expect([...seen].sort()).toEqual(['l/a', 'l/b/', 'l/c', 'l/d/', 'l/é', 'l/😀'].sort());
    }
  });

  it('is what a filter over all keys would give', async () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name, { maxLength: 12 }),
        name,
        fc.integer({ min: 1, max: 4 }),
        async (names, prefix, MaxKeys) => {
          const root = `p${crypto.randomUUID()}!`;
          for (const item of names) await put(root + item, 'x');
          const seen: string[] = [];
          let ContinuationToken: string | undefined;
          do {
            const page = await s3.send(
              new ListObjectsV2Command({
                Bucket,
                Prefix: root + prefix,
                Delimiter: '/',
                MaxKeys,
                ContinuationToken,
              }),
            );
            seen.push(
              ...(page.Contents ?? []).map(c => c.Key!),
              ...(page.CommonPrefixes ?? []).map(c => c.Prefix!),
            );
            ContinuationToken = page.NextContinuationToken;
          } while (ContinuationToken);
          const matching = names.filter(item => item.startsWith(prefix));
          const expected = new Set(
            matching.map(item => {
              const at = item.indexOf('/', prefix.length);
              return root + (at < 0 ? item : item.slice(0, at + 1));
            }),
          );
          expect([...seen].sort()).toEqual([...expected].sort());
        },
      ),
      { numRuns: 25 },
    );
  });

  it('empties with one request for many keys', async () => {
    for (const key of ['many/1', 'many/2&<>"']) await put(key, 'x');
    const Objects = ['many/1', 'many/2&<>"', 'many/never'].map(Key => ({ Key }));
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(Objects.map(({ Key }) => Key));
    expect(await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }))).toMatchObject({
      KeyCount: 0,
    });
  });
});

describe('a multipart upload', () => {
  const MiB = 1024 * 1024;

  it.each(['FULL_OBJECT', 'COMPOSITE'] as const)('of a stream, with a %s checksum', async ChecksumType => {
    const bytes = randomBytes(12 * MiB + 17);
    const chunks = Array.from({ length: 13 }, (_, i) => bytes.subarray(i * MiB, (i + 1) * MiB));
    const params = {
      Bucket,
      Key: 'big',
      Body: Readable.from(chunks),
      ChecksumAlgorithm: 'CRC32',
      ChecksumType,
    } as const;
    await new Upload({ client: s3, params, partSize: 5 * MiB }).done();
    const got = await read('big');
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(got.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect(got.ChecksumType).toBe(ChecksumType);
    if (ChecksumType === 'FULL_OBJECT') expect(got.ChecksumCRC32).toBe(crc(bytes));
    else expect(got.ChecksumCRC32).toMatch(/-3$/);
    const seam = await read('big', { Range: `bytes=${5 * MiB - 3}-${10 * MiB + 2}` });
    expect(seam.bytes.equals(bytes.subarray(5 * MiB - 3, 10 * MiB + 3))).toBe(true);
  });

  const begin = async (Key: string) =>
    (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, Metadata: { a: 'b' } }))).UploadId!;
  const part = (Key: string, UploadId: string, PartNumber: number, Body: Buffer) =>
    s3
      .send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))
      .then(({ ETag }) => ({ PartNumber, ETag }));
  const complete = (
    Key: string,
    UploadId: string,
    Parts: { PartNumber: number; ETag: string | undefined }[],
  ) => s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));

  it('keeps its metadata, replaces parts sent twice and drops parts not asked for', async () => {
    const before = blobs();
    const id = await begin('parts');
    await part('parts', id, 2, Buffer.from('old'));
    const parts = [
      await part('parts', id, 1, randomBytes(5 * MiB)),
      await part('parts', id, 2, Buffer.from('new')),
    ];
    await part('parts', id, 3, Buffer.from('unused'));
    const listed = await s3.send(new ListPartsCommand({ Bucket, Key: 'parts', UploadId: id }));
    expect(listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 5 * MiB],
      [2, 3],
      [3, 6],
    ]);
    await complete('parts', id, parts);
    const got = await read('parts');
    expect(got.Metadata).toEqual({ a: 'b' });
    expect(got.bytes.subarray(5 * MiB).toString()).toBe('new');
    expect(blobs()).toBe(before + 2);
  });

  it('is refused when its parts are unknown, out of order or too small', async () => {
    const id = await begin('bad');
    const one = await part('bad', id, 1, Buffer.from('small'));
    const two = await part('bad', id, 2, Buffer.from('small'));
    await expect(complete('bad', id, [{ ...one, ETag: '"other"' }])).rejects.toMatchObject({
      name: 'InvalidPart',
    });
    await expect(complete('bad', id, [two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete('bad', id, [one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await complete('bad', id, [two]);
    await expect(complete('bad', id, [two])).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('leaves nothing when it is aborted', async () => {
    const before = blobs();
    const id = await begin('aborted');
    await part('aborted', id, 1, Buffer.from('x'));
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId: id }));
    await expect(part('aborted', id, 2, Buffer.from('x'))).rejects.toMatchObject({ name: 'NoSuchUpload' });
    expect(blobs()).toBe(before);
  });
});

describe('a presigned URL', () => {
  it('reads, with the headers it was signed for', async () => {
    await put('shared', 'for you');
    const command = new GetObjectCommand({ Bucket, Key: 'shared', ResponseContentDisposition: 'attachment' });
    const response = await fetch(await getSignedUrl(s3, command, { expiresIn: 60 }));
    expect(await response.text()).toBe('for you');
    expect(response.headers.get('content-disposition')).toBe('attachment');
  });

  it('writes, and what it says of the body is checked', async () => {
    const client = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    const url = await getSignedUrl(
      client,
      new PutObjectCommand({ Bucket, Key: 'given', Metadata: { node: 'n1' } }),
      {},
    );
    expect((await fetch(url, { method: 'PUT', body: 'bytes' })).status).toBe(200);
    expect(await read('given')).toMatchObject({ Metadata: { node: 'n1' }, ContentLength: 5 });
    // A default client signs the checksum of an empty body into the URL.
    const trap = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'trap' }), {});
    expect(await (await fetch(trap, { method: 'PUT', body: 'bytes' })).text()).toContain(
      '<Code>BadDigest</Code>',
    );
  });

  it('is for one method, one key and its time', async () => {
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'shared' }), { expiresIn: 60 });
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    const other = await (await fetch(url.replace('/shared', '/given'))).text();
    expect(other).toContain('<Code>SignatureDoesNotMatch</Code>');
    const signingDate = new Date(Date.now() - 120_000);
    const expired = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'shared' }), {
      expiresIn: 60,
      signingDate,
    });
    expect(await (await fetch(expired)).text()).toContain('Request has expired');
  });
});

describe('who asks', () => {
  const client = (accessKeyId: string, secretAccessKey: string) =>
    new S3Client({ credentials: { accessKeyId, secretAccessKey } });
  const get = new GetObjectCommand({ Bucket, Key: 'x' });

  it('must have the key', async () => {
    await expect(client('SOMEBODY', 'x').send(get)).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    const { accessKeyId } = running.cloud.credentials;
    await expect(client(accessKeyId, 'guess').send(get)).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
  });

  it('must sign', async () => {
    const response = await fetch(`${running.cloud.s3Url}/${Bucket}/x`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>AccessDenied</Code>');
  });

  it('may come by another address', async () => {
    const endpoint = running.cloud.s3Url.replace('127.0.0.1', '127.0.0.2');
    const { KeyCount } = await new S3Client({ endpoint }).send(
      new ListObjectsV2Command({ Bucket, MaxKeys: 1 }),
    );
    expect(KeyCount).toBe(1);
  });
});
