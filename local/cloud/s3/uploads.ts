import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../database.ts';
import { AwsError } from '../errors.ts';
import type { Blobs } from './blobs.ts';
import { receiveBody } from './body.ts';
import {
  ALGORITHMS,
  type Algorithm,
  type Checksums,
  type ChecksumType,
  canCombine,
  combineCrc,
  createChecksum,
  isAlgorithm,
} from './checksums.ts';
import { checksumHeaders, quoted, versionHeader } from './objects.ts';
import { checkWrite, readText, type S3Request, sendEmpty, sendXml, storedHeaders } from './request.ts';
import type { ObjectStore } from './store.ts';
import { elements } from './xml.ts';

const SMALLEST_PART = 5 * 1024 * 1024; // of all but the last
const MOST_PARTS = 10_000;

interface Upload {
  id: string;
  bucket: string;
  key: string;
  headers: string;
  algorithm: Algorithm | null;
  checksum_type: ChecksumType | null;
}

interface Part {
  number: number;
  blob: string;
  size: number;
  md5: string;
  checksums: string;
  modified: number;
}

/** Multipart uploads. A completed one is its parts in a row: no byte is copied. */
export class Uploads {
  readonly #database: Database;
  readonly #store: ObjectStore;
  readonly #blobs: Blobs;

  constructor(database: Database, store: ObjectStore, blobs: Blobs) {
    this.#database = database;
    this.#store = store;
    this.#blobs = blobs;
  }

  create(request: S3Request) {
    const { bucket, key, header } = request;
    this.#store.bucket(bucket);
    const algorithm = header('x-amz-checksum-algorithm')?.toLowerCase() ?? null;
    if (algorithm !== null && !isAlgorithm(algorithm)) {
      throw new AwsError('InvalidRequest', 400, 'Checksum algorithm provided is unsupported.');
    }
    const asked = header('x-amz-checksum-type')?.toUpperCase();
    const fallback = algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE';
    const type = algorithm === null ? null : asked === 'FULL_OBJECT' ? 'FULL_OBJECT' : fallback;
    if (type === 'FULL_OBJECT' && !canCombine(algorithm as Algorithm)) {
      throw new AwsError(
        'InvalidRequest',
        400,
        'The FULL_OBJECT checksum type cannot be used with this algorithm.',
      );
    }
    const id = randomBytes(32).toString('base64url');
    this.#database.insert('INSERT', 'uploads', {
      id,
      bucket,
      key,
      headers: JSON.stringify(storedHeaders(request)),
      algorithm,
      checksum_type: type,
    });
    const content = { Bucket: bucket, Key: key, UploadId: id };
    sendXml(request, 'InitiateMultipartUploadResult', content, {
      ...(algorithm ? { 'x-amz-checksum-algorithm': algorithm.toUpperCase() } : {}),
      ...(type ? { 'x-amz-checksum-type': type } : {}),
    });
  }

  async putPart(request: S3Request) {
    const upload = this.#upload(request);
    const number = Number(request.query.get('partNumber'));
    if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS) {
      throw new AwsError(
        'InvalidArgument',
        400,
        'Part number must be an integer between 1 and 10000, inclusive',
      );
    }
    const extra = upload.algorithm ? [upload.algorithm] : [];
    const stored = await receiveBody(request.body, request.header, request.payload, this.#blobs, extra);
    const replaced = this.#database.transaction(() => {
      this.#upload(request); // it may have been aborted meanwhile
      const old = this.#database.get<Part>(
        'SELECT * FROM parts WHERE upload = ? AND number = ?',
        upload.id,
        number,
      );
      this.#database.insert('INSERT OR REPLACE', 'parts', {
        upload: upload.id,
        number,
        ...stored,
        checksums: JSON.stringify(stored.checksums),
        modified: Date.now(),
      });
      return old;
    });
    if (replaced) this.#blobs.delete([replaced.blob]);
    const checksums = checksumHeaders({ type: 'COMPOSITE', values: stored.checksums });
    delete checksums['x-amz-checksum-type'];
    sendEmpty(request, 200, { etag: quoted(stored.md5), ...checksums });
  }

  async complete(request: S3Request) {
    const listed = elements(await readText(request), 'Part');
    const upload = this.#upload(request);
    const parts = this.#chosenParts(upload, listed);
    const checksums = upload.algorithm
      ? wholeChecksum(upload.algorithm, upload.checksum_type ?? 'COMPOSITE', parts)
      : { type: 'COMPOSITE' as const, values: {} };
    for (const name of ALGORITHMS) {
      const claimed = request.header(`x-amz-checksum-${name}`);
      if (claimed !== undefined && claimed !== checksums.values[name]) {
        throw new AwsError(
          'BadDigest',
          400,
          `The ${name} you specified did not match the calculated checksum.`,
        );
      }
    }
    const md5s = Buffer.concat(parts.map(({ md5 }) => Buffer.from(md5, 'hex')));
    const etag = `${createHash('md5').update(md5s).digest('hex')}-${parts.length}`;
    const { bucket, key } = upload;
    const object = {
      bucket,
      key,
      size: parts.reduce((sum, { size }) => sum + size, 0),
      etag,
      headers: JSON.parse(upload.headers) as Record<string, string>,
      checksums,
      segments: parts.map(({ blob, size }) => ({ blob, size })),
    };
    const unused = new Set(this.#parts(upload.id).map(({ blob }) => blob));
    const stored = this.#database.transaction(() => {
      const put = this.#store.put(object, 'CompleteMultipartUpload', request.id, current =>
        checkWrite(request, current),
      );
      this.#forget(upload.id);
      return put;
    });
    for (const { blob } of parts) unused.delete(blob);
    this.#blobs.delete([...unused]);
    const content = {
      Location: `http://${request.body.headers.host ?? ''}/${bucket}/${encodeURIComponent(key)}`,
      Bucket: bucket,
      Key: key,
      ETag: quoted(etag),
      ...Object.fromEntries(
        Object.entries(checksums.values).map(([name, value]) => [`Checksum${name.toUpperCase()}`, value]),
      ),
      ...(upload.algorithm ? { ChecksumType: checksums.type } : {}),
    };
    sendXml(request, 'CompleteMultipartUploadResult', content, versionHeader(stored));
  }

  abort(request: S3Request) {
    const { id } = this.#upload(request);
    const blobs = this.#parts(id).map(({ blob }) => blob);
    this.#database.transaction(() => this.#forget(id));
    this.#blobs.delete(blobs);
    sendEmpty(request, 204);
  }

  listParts(request: S3Request) {
    const { id, bucket, key } = this.#upload(request);
    const after = Number(request.query.get('part-number-marker') ?? 0);
    const limit = Math.min(Number(request.query.get('max-parts') ?? 1000), 1000);
    const rest = this.#parts(id).filter(({ number }) => number > after);
    const page = rest.slice(0, limit);
    sendXml(request, 'ListPartsResult', {
      Bucket: bucket,
      Key: key,
      UploadId: id,
      MaxParts: limit,
      IsTruncated: rest.length > page.length,
      NextPartNumberMarker: page.at(-1)?.number ?? after,
      Part: page.map(({ number, md5, size, modified }) => ({
        PartNumber: number,
        LastModified: new Date(modified).toISOString(),
        ETag: quoted(md5),
        Size: size,
      })),
    });
  }

  #upload({ query, bucket, key }: S3Request): Upload {
    const id = query.get('uploadId') ?? '';
    const upload = this.#database.get<Upload>(
      'SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?',
      id,
      bucket,
      key,
    );
    if (!upload) throw new AwsError('NoSuchUpload', 404, 'The specified multipart upload does not exist.');
    return upload;
  }

  #parts(id: string): Part[] {
    return this.#database.all<Part>('SELECT * FROM parts WHERE upload = ? ORDER BY number', id);
  }

  #forget(id: string) {
    this.#database.run('DELETE FROM parts WHERE upload = ?', id);
    this.#database.run('DELETE FROM uploads WHERE id = ?', id);
  }

  #chosenParts({ id }: Upload, listed: Record<string, string>[]): Part[] {
    if (listed.length === 0) {
      throw new AwsError('MalformedXML', 400, 'The XML you provided was not well-formed or did not validate');
    }
    const known = new Map(this.#parts(id).map(part => [part.number, part]));
    const chosen = listed.map(({ PartNumber, ETag, ...rest }) => {
      const part = known.get(Number(PartNumber));
      const same = Object.entries(part ? (JSON.parse(part.checksums) as Record<string, string>) : {}).every(
        ([name, value]) => (rest[`Checksum${name.toUpperCase()}`] ?? value) === value,
      );
      if (!part || part.md5 !== ETag?.replaceAll('"', '') || !same) {
        throw new AwsError('InvalidPart', 400, 'One or more of the specified parts could not be found.');
      }
      return part;
    });
    if (chosen.some(({ number }, index) => index > 0 && number <= chosen[index - 1]!.number)) {
      throw new AwsError('InvalidPartOrder', 400, 'The list of parts was not in ascending order.');
    }
    if (chosen.slice(0, -1).some(({ size }) => size < SMALLEST_PART)) {
      throw new AwsError(
        'EntityTooSmall',
        400,
        'Your proposed upload is smaller than the minimum allowed size',
      );
    }
    return chosen;
  }
}

function wholeChecksum(algorithm: Algorithm, type: ChecksumType, parts: Part[]): Checksums {
  const values = parts.map(({ checksums, size }) => ({
    value: (JSON.parse(checksums) as Record<string, string>)[algorithm]!,
    size,
  }));
  if (type === 'FULL_OBJECT' && canCombine(algorithm)) {
    const whole = values.reduce((sum, { value, size }) => ({
      value: combineCrc(algorithm, sum.value, value, size),
      size,
    }));
    return { type, values: { [algorithm]: whole.value } };
  }
  const checksum = createChecksum(algorithm);
  for (const { value } of values) checksum.update(Buffer.from(value, 'base64'));
  return { type, values: { [algorithm]: `${checksum.digest().toString('base64')}-${parts.length}` } };
}
