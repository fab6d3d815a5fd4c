import { pipeline } from 'node:stream/promises';
import { AwsError } from '../errors.ts';
import { decode } from '../sigv4.ts';
import type { Blobs } from './blobs.ts';
import { receiveBody } from './body.ts';
import type { Checksums } from './checksums.ts';
import {
  checkRead,
  checkWrite,
  parseRange,
  readText,
  type S3Request,
  sendEmpty,
  sendXml,
  storedHeaders,
} from './request.ts';
import type { ObjectStore, StoredObject } from './store.ts';
import { elements } from './xml.ts';

const DELETE_LIMIT = 1000; // keys in one multi-object delete

export const quoted = (etag: string) => `"${etag}"`;

export function checksumHeaders({ type, values }: Checksums): Record<string, string> {
  const headers = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`x-amz-checksum-${name}`, value as string]),
  );
  return Object.keys(values).length > 0 ? { ...headers, 'x-amz-checksum-type': type } : {};
}

export const versionHeader = ({ version }: StoredObject): Record<string, string> =>
  version === 'null' ? {} : { 'x-amz-version-id': version };

export async function putObject(request: S3Request, store: ObjectStore, blobs: Blobs) {
  const { bucket, key, header, id } = request;
  store.bucket(bucket);
  const headers = storedHeaders(request);
  checkWrite(request, store.find(bucket, key)); // early, before the body is taken
  const { blob, size, md5, checksums } = await receiveBody(request.body, header, request.payload, blobs);
  const object = {
    bucket,
    key,
    size,
    etag: md5,
    headers,
    checksums: { type: 'FULL_OBJECT' as const, values: checksums },
    segments: [{ blob, size }],
  };
  let stored: StoredObject;
  try {
    stored = store.put(object, 'PutObject', id, current => checkWrite(request, current));
  } catch (error) {
    blobs.delete([blob]);
    throw error;
  }
  sendEmpty(request, 200, {
    etag: quoted(stored.etag),
    ...checksumHeaders(stored.checksums),
    ...versionHeader(stored),
  });
}

export async function copyObject(request: S3Request, store: ObjectStore, blobs: Blobs) {
  const { bucket, key, header, id } = request;
  const [, sourceBucket = '', rest = ''] =
    /^\/?([^/]+)\/([^?]*)/.exec(header('x-amz-copy-source') ?? '') ?? [];
  const source = found(store, decode(sourceBucket), decode(rest.replaceAll('+', '%2B')));
  const headers = header('x-amz-metadata-directive') === 'REPLACE' ? storedHeaders(request) : source.headers;
  const { blob, file } = await blobs.create();
  try {
    await blobs.reading(source.segments, () =>
      pipeline(blobs.read(source.segments, 0, source.size - 1), file.createWriteStream()),
    );
    const { size, etag, checksums } = source;
    const copy = { bucket, key, size, etag, headers, checksums, segments: [{ blob, size }] };
    const stored = store.put(copy, 'CopyObject', id, current => checkWrite(request, current));
    const content = { ETag: quoted(stored.etag), LastModified: new Date(stored.modified).toISOString() };
    sendXml(request, 'CopyObjectResult', content, versionHeader(stored));
  } catch (error) {
    blobs.delete([blob]);
    throw error;
  }
}

export async function getObject(request: S3Request, store: ObjectStore, blobs: Blobs) {
  const { bucket, key, header, query, method, response } = request;
  const object = found(store, bucket, key, query.get('versionId'));
  checkRead(request, object);
  const range = parseRange(header('range'), object.size);
  const [start, end] = range ?? [0, object.size - 1];
  const overrides = [...query].filter(([name]) => name.startsWith('response-'));
  response.writeHead(range ? 206 : 200, {
    ...object.headers,
    ...Object.fromEntries(overrides.map(([name, value]) => [name.slice('response-'.length), value])),
    etag: quoted(object.etag),
    'last-modified': new Date(object.modified).toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': end - start + 1,
    ...(range ? { 'content-range': `bytes ${start}-${end}/${object.size}` } : {}),
    ...(header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && !range
      ? checksumHeaders(object.checksums)
      : {}),
    ...versionHeader(object),
  });
  if (method === 'HEAD') response.end();
  else
    await blobs.reading(object.segments, () => pipeline(blobs.read(object.segments, start, end), response));
}

export function found(store: ObjectStore, bucket: string, key: string, version?: string): StoredObject {
  const object = store.find(bucket, key);
  if (!object) throw new AwsError('NoSuchKey', 404, 'The specified key does not exist.');
  if (version !== undefined && version !== object.version) {
    throw new AwsError('NoSuchVersion', 404, 'The specified version does not exist.');
  }
  return object;
}

export async function deleteObjects(request: S3Request, store: ObjectStore) {
  store.bucket(request.bucket);
  const text = await readText(request);
  const keys = elements(text, 'Object').map(({ Key }) => Key);
  if (keys.length === 0 || keys.length > DELETE_LIMIT || keys.includes(undefined)) {
    throw new AwsError('MalformedXML', 400, 'The XML you provided was not well-formed or did not validate');
  }
  for (const key of keys) store.delete(request.bucket, key!, request.id);
  const quiet = /<Quiet>true<\/Quiet>/.test(text);
  sendXml(request, 'DeleteResult', { Deleted: quiet ? [] : keys.map(Key => ({ Key })) });
}
