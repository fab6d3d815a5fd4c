import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../errors.ts';
import type { Blobs } from './blobs.ts';
import { listObjects } from './list.ts';
import { copyObject, deleteObjects, getObject, putObject } from './objects.ts';
import { readText, type S3Request, sendEmpty, sendXml, takeApart } from './request.ts';
import type { ObjectStore } from './store.ts';
import type { Uploads } from './uploads.ts';
import { document } from './xml.ts';

export interface S3 {
  store: ObjectStore;
  uploads: Uploads;
  blobs: Blobs;
  region: string;
}

/** Answers one request, path style; its signature has been checked. */
export async function serveS3(
  s3: S3,
  incoming: IncomingMessage,
  response: ServerResponse,
  payload: string,
  id: string,
): Promise<void> {
  const request = takeApart(incoming, response, payload, id);
  if (request.bucket === '') return listBuckets(request, s3.store);
  if (request.key === '') return serveBucket(request, s3);
  return serveObject(request, s3);
}

/** As S3 words it. A client that is still sending is heard to the end, or it would not read the answer. */
export function sendS3Error(
  incoming: IncomingMessage,
  response: ServerResponse,
  error: AwsError,
  id: string,
) {
  const empty = incoming.method === 'HEAD' || error.status === 304;
  const content = { Code: error.code, Message: error.message, Resource: incoming.url, RequestId: id };
  const body = empty ? '' : document('Error', content);
  response.writeHead(error.status, {
    ...error.headers,
    ...(empty ? {} : { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }),
  });
  response.end(body);
  incoming.resume();
}

function listBuckets(request: S3Request, store: ObjectStore) {
  sendXml(request, 'ListAllMyBucketsResult', {
    Buckets: {
      Bucket: store
        .buckets()
        .map(({ name, created }) => ({ Name: name, CreationDate: new Date(created).toISOString() })),
    },
  });
}

async function serveBucket(request: S3Request, { store, region }: S3) {
  const { method, bucket, query } = request;
  if (method === 'HEAD') {
    store.bucket(bucket);
    return sendEmpty(request, 200, { 'x-amz-bucket-region': region });
  }
  if (method === 'PUT' && query.has('notification')) {
    const { versioned } = store.bucket(bucket);
    const eventBridge = (await readText(request)).includes('<EventBridgeConfiguration');
    store.createBucket(bucket, { eventBridge, versioned });
    return sendEmpty(request, 200);
  }
  if (method === 'PUT' && query.size <= 1) {
    if (store.findBucket(bucket)) {
      throw new AwsError(
        'BucketAlreadyOwnedByYou',
        409,
        'Your previous request to create the bucket succeeded.',
      );
    }
    store.createBucket(bucket);
    return sendEmpty(request, 200, { location: `/${bucket}` });
  }
  if (method === 'DELETE') {
    store.deleteBucket(bucket);
    return sendEmpty(request, 204);
  }
  if (method === 'POST' && query.has('delete')) return deleteObjects(request, store);
  if (method === 'GET') return listObjects(request, store);
  throw notImplemented(request);
}

function serveObject(request: S3Request, { store, uploads, blobs }: S3) {
  const { method, query, header, bucket, key, id } = request;
  if (method === 'GET' && query.has('uploadId')) return uploads.listParts(request);
  if (method === 'GET' || method === 'HEAD') return getObject(request, store, blobs);
  if (method === 'PUT' && query.has('uploadId')) return uploads.putPart(request);
  if (method === 'PUT' && header('x-amz-copy-source') !== undefined) return copyObject(request, store, blobs);
  if (method === 'PUT') return putObject(request, store, blobs);
  if (method === 'POST' && query.has('uploads')) return uploads.create(request);
  if (method === 'POST' && query.has('uploadId')) return uploads.complete(request);
  if (method === 'DELETE' && query.has('uploadId')) return uploads.abort(request);
  if (method === 'DELETE') {
    store.delete(bucket, key, id);
    return sendEmpty(request, 204);
  }
  throw notImplemented(request);
}

const notImplemented = ({ method }: S3Request) =>
  new AwsError('NotImplemented', 501, `The embedded S3 does not know this kind of ${method} request.`);
