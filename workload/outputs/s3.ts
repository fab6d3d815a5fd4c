import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { archiveKey } from '../../lib/storage/expected.ts';
import type { S3Target } from '../env.ts';
import { CaptureError, errorCode } from '../errors.ts';
import type { Output } from './output.ts';

const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000; // of S3
const PARTS_IN_FLIGHT = 3; // with the part being filled, about 32 MiB of memory
const ATTEMPTS = 16; // with the SDK's backoff about a minute: a file is not given up for a blink of the network

/**
 * Any S3. Credentials are the two files of the mounted Secret, else the pod's own identity (the SDK's chain).
 *
 * @param metadata user metadata of the object
 * @param secret directory at which the Secret is mounted, when there is one
 * @throws CaptureError when the target cannot be right, before anything is captured
 */
export async function openS3(
  target: S3Target,
  metadata: Record<string, string>,
  secret: string,
): Promise<Output> {
  if (target.path.split('/').includes('..')) {
    throw new CaptureError(`S3Upload: the path "${target.path}" must not contain ".."`);
  }
  const config = await clientConfig(target, secret);
  // The SDK takes longer to load than tcpdump to start: it loads while packets are captured.
  const sdk = Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')]);
  return {
    type: 'S3Upload',
    async store(archive, name, size) {
      const [{ S3Client }, { Upload }] = await sdk;
      const key = archiveKey(target.path, name);
      const client = new S3Client(config);
      try {
        const upload = new Upload({
          client,
          params: {
            Bucket: target.bucket,
            Key: key,
            Body: archive,
            ContentType: 'application/gzip',
            Metadata: metadata,
            ChecksumAlgorithm: 'CRC32',
            ChecksumType: 'FULL_OBJECT', // so that HeadObject tells the CRC32 of the file, not of its parts
          },
          partSize: Math.max(PART_BYTES, Math.ceil((size * 1.01) / MAX_PARTS)),
          queueSize: PARTS_IN_FLIGHT,
        });
        const { ETag } = await upload.done();
        return { type: 'S3Upload', bucket: target.bucket, key, etag: ETag ?? '' };
      } finally {
        client.destroy();
      }
    },
  };
}

async function clientConfig({ endpoint, region }: S3Target, secret: string): Promise<S3ClientConfig> {
  if (endpoint && !/^https?:\/\/[^/]/.test(endpoint)) {
    throw new CaptureError(`S3Upload: the endpoint "${endpoint}" is not an http or https URL`);
  }
  const credentials = await readCredentials(secret);
  const where = region || (endpoint && 'auto');
  return {
    ...(endpoint && { endpoint, forcePathStyle: true }),
    ...(where && { region: where }),
    ...(credentials && { credentials }),
    maxAttempts: ATTEMPTS,
  };
}

async function readCredentials(secret: string) {
  if (!existsSync(secret)) return undefined;
  const [accessKeyId, secretAccessKey] = await Promise.all([
    readKey(secret, 's3-access-key-id'),
    readKey(secret, 's3-secret-access-key'),
  ]);
  if (accessKeyId === '' && !secretAccessKey) return undefined; // the contract's way to ask for the pod's identity
  if (!accessKeyId)
    throw new CaptureError('S3Upload: the Secret has no key "s3-access-key-id", or it is empty');
  if (!secretAccessKey)
    throw new CaptureError('S3Upload: the Secret has no key "s3-secret-access-key", or it is empty');
  return { accessKeyId, secretAccessKey };
}

/** The value without the line end that `echo` and editors leave behind it. */
async function readKey(secret: string, key: string): Promise<string | undefined> {
  try {
    return (await readFile(join(secret, key), 'utf8')).trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
