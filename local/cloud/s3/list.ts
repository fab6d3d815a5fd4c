import { AwsError } from '../errors.ts';
import { type S3Request, sendXml } from './request.ts';
import type { ObjectStore, StoredObject } from './store.ts';

const MOST_KEYS = 1000;
const LAST = '\u{10ffff}'; // sorts after every key with the same beginning

/** ListObjectsV2. */
export function listObjects(request: S3Request, store: ObjectStore) {
  const { bucket, query } = request;
  store.bucket(bucket);
  if (query.get('list-type') !== '2') {
    throw new AwsError('NotImplemented', 501, 'Objects are listed with ListObjectsV2 only.');
  }
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? MOST_KEYS), MOST_KEYS);
  if (!Number.isInteger(limit) || limit < 0) {
    throw new AwsError(
      'InvalidArgument',
      400,
      'Argument max-keys must be an integer between 0 and 2147483647',
    );
  }
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const after = token === undefined ? (startAfter ?? '') : Buffer.from(token, 'base64url').toString('utf8');
  const page = collect(store, bucket, { prefix, delimiter, limit, after });
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string) => text;
  sendXml(request, 'ListBucketResult', {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: limit,
    EncodingType: query.get('encoding-type'),
    KeyCount: page.objects.length + page.prefixes.length,
    IsTruncated: page.next !== undefined,
    ContinuationToken: token,
    StartAfter: startAfter,
    NextContinuationToken: page.next && Buffer.from(page.next).toString('base64url'),
    Contents: page.objects.map(({ key, modified, etag, size }) => ({
      Key: encode(key),
      LastModified: new Date(modified).toISOString(),
      ETag: `"${etag}"`,
      Size: size,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.prefixes.map(Prefix => ({ Prefix: encode(Prefix) })),
  });
}

interface Wanted {
  prefix: string;
  delimiter: string;
  limit: number;
  after: string;
}

function collect(store: ObjectStore, bucket: string, { prefix, delimiter, limit, after }: Wanted) {
  const objects: StoredObject[] = [];
  const prefixes: string[] = [];
  let position = after;
  while (true) {
    const batch = store.list(bucket, position, prefix, MOST_KEYS + 1);
    let jumped = false;
    for (const object of batch) {
      if (!object.key.startsWith(prefix)) return { objects, prefixes };
      const at = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
      const common = at < 0 ? undefined : object.key.slice(0, at + delimiter.length);
      if (common !== undefined && position >= common + LAST) continue;
      if (objects.length + prefixes.length >= limit) {
        return { objects, prefixes, ...(limit > 0 ? { next: position } : {}) };
      }
      if (common === undefined) {
        objects.push(object);
        position = object.key;
      } else {
        prefixes.push(common);
        position = common + LAST;
        jumped = true;
        break;
      }
    }
    if (!jumped && batch.length <= MOST_KEYS) return { objects, prefixes };
  }
}
