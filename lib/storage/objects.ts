import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';

/** What is known of an object without reading it. */
export interface ObjectHead {
  size: number; // bytes
  etag: string;
  version: string | undefined; // of a versioned bucket
  crc32: string | undefined; // of the whole object, base64 of 4 big-endian bytes
  sha256: string | undefined; // of the whole object, base64; only when it was uploaded with one
  modified: Date | undefined;
  metadata: Record<string, string>; // user metadata, keys without x-amz-meta-
}

export interface PutOptions {
  contentType?: string;
  contentEncoding?: string;
  metadata?: Record<string, string>;
  ifNoneMatch?: '*'; // only if there is no such object
  ifMatch?: string; // only if the object has this etag
}

/** One bucket. A read of an object that is not there gives undefined; every other failure throws. */
export interface Objects {
  readonly bucket: string;
  head(key: string, version?: string): Promise<ObjectHead | undefined>;
  /** The bytes from `start` up to, not including, `end`; all when left out. */
  get(key: string, range?: { start: number; end: number }, version?: string): Promise<Uint8Array | undefined>;
  stream(key: string, version?: string): Promise<Readable | undefined>;
  /** The object's etag; undefined when the condition did not hold. */
  put(key: string, body: Uint8Array | string, options?: PutOptions): Promise<string | undefined>;
  /**
   * In parts, for a body of unknown length; aborted as a whole when that fails. A piece of the body may be overwritten once the
   * next one is asked for.
   */
  upload(key: string, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<void>;
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<{ key: string; size: number; modified: Date | undefined }>;
}

export function createObjects(bucket: string, client = new S3Client({})): Objects {
  const target = (key: string, version?: string) => ({
    Bucket: bucket,
    Key: key,
    ...(version !== undefined && { VersionId: version }),
  });

  return {
    bucket,

    head: (key, version) =>
      unlessMissing(async () => {
        const answer = await client.send(
          new HeadObjectCommand({ ...target(key, version), ChecksumMode: 'ENABLED' }),
        );
        return {
          size: answer.ContentLength ?? 0,
          etag: answer.ETag ?? '',
          version: answer.VersionId,
          crc32: wholeObject(answer.ChecksumCRC32),
          sha256: wholeObject(answer.ChecksumSHA256),
          modified: answer.LastModified,
          metadata: answer.Metadata ?? {},
        };
      }),

    get: (key, range, version) =>
      unlessMissing(async () => {
        if (range && range.end <= range.start) return new Uint8Array(0);
        const answer = await client.send(
          new GetObjectCommand({
            ...target(key, version),
            ...(range && { Range: `bytes=${range.start}-${range.end - 1}` }),
          }),
        );
        return await answer.Body?.transformToByteArray();
      }),

    stream: (key, version) =>
      unlessMissing(async () => {
        const answer = await client.send(new GetObjectCommand(target(key, version)));
        return answer.Body as Readable | undefined;
      }),

    async put(key, body, options = {}) {
      const Body = typeof body === 'string' ? Buffer.from(body) : body; // of an empty string the SDK finds no length
      try {
        const answer = await client.send(
          new PutObjectCommand({ ...target(key), Body, ...putInput(options) }),
        );
        return answer.ETag ?? '';
      } catch (error) {
        // 409: another conditional write of the same key is under way
        if (hasStatus(error, 412) || (hasStatus(error, 409) && (options.ifMatch || options.ifNoneMatch)))
          return undefined;
        throw error;
      }
    },

    async upload(key, body, options = {}) {
      const { Upload } = await import('@aws-sdk/lib-storage'); // who only reads starts without it
      const Body = Readable.from(copied(body)); // it gathers pieces
      await new Upload({ client, params: { ...target(key), Body, ...putInput(options) } }).done();
    },

    async delete(key) {
      await client.send(new DeleteObjectCommand(target(key)));
    },

    async *list(prefix) {
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
        );
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          if (Key !== undefined) yield { key: Key, size: Size ?? 0, modified: LastModified };
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
    },
  };
}

async function* copied(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

function putInput({ contentType, contentEncoding, metadata, ifNoneMatch, ifMatch }: PutOptions) {
  return {
    ...(contentType && { ContentType: contentType }),
    ...(contentEncoding && { ContentEncoding: contentEncoding }),
    ...(metadata && { Metadata: metadata }),
    ...(ifNoneMatch && { IfNoneMatch: ifNoneMatch }),
    ...(ifMatch && { IfMatch: ifMatch }),
  };
}

/** A checksum of checksums (multipart, type COMPOSITE) ends in "-<parts>" and says nothing about the whole. */
function wholeObject(checksum: string | undefined) {
  return checksum?.includes('-') ? undefined : checksum;
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

function hasStatus(error: unknown, code: number) {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === code;
}
