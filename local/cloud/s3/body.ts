import { createHash } from 'node:crypto';
import { AwsError } from '../errors.ts';
import type { Blobs } from './blobs.ts';
import { ALGORITHMS, type Algorithm, createChecksum } from './checksums.ts';

export interface StoredBody {
  blob: string;
  size: number;
  md5: string; // lower-case hex
  checksums: Partial<Record<Algorithm, string>>; // base64
}

/** Reads a header of the request, or the query parameter that stands for it in a presigned URL. */
export type Header = (name: string) => string | undefined;

/**
 * Streams a request's body into a new blob, and checks every length and checksum that came with it.
 * @param extra checksums to compute beyond those that the client named
 * @throws {@link AwsError} and leaves no blob
 */
export async function receiveBody(
  source: AsyncIterable<Buffer>,
  header: Header,
  payload: string,
  blobs: Blobs,
  extra: Algorithm[] = [],
): Promise<StoredBody> {
  const trailers = new Map<string, string>();
  const chunked = payload.startsWith('STREAMING-');
  const trailing = (header('x-amz-trailer') ?? '').replace('x-amz-checksum-', '');
  const asked = header('x-amz-sdk-checksum-algorithm')?.toLowerCase();
  const named = ALGORITHMS.filter(
    name => header(`x-amz-checksum-${name}`) !== undefined || name === trailing || name === asked,
  );
  const computed = [
    ...new Set([...named, ...extra, ...(named.length + extra.length === 0 ? ['crc32' as const] : [])]),
  ];
  const running = computed.map(name => [name, createChecksum(name)] as const);
  const md5 = createHash('md5');
  const sha256 = /^[0-9a-f]{64}$/.test(payload) ? createHash('sha256') : undefined;
  const { blob, file } = await blobs.create();
  try {
    let size = 0;
    for await (const bytes of chunked ? decodeChunks(source, trailers) : source) {
      md5.update(bytes);
      sha256?.update(bytes);
      for (const [, checksum] of running) checksum.update(bytes);
      await file.write(bytes);
      size += bytes.length;
    }
    const length = header(chunked ? 'x-amz-decoded-content-length' : 'content-length');
    if (length !== undefined && Number(length) !== size) {
      throw new AwsError(
        'IncompleteBody',
        400,
        'You did not provide the number of bytes that you announced.',
      );
    }
    const checksums = Object.fromEntries(
      running.map(([name, sum]) => [name, sum.digest().toString('base64')]),
    );
    for (const name of named) {
      const expected = trailers.get(`x-amz-checksum-${name}`) ?? header(`x-amz-checksum-${name}`);
      if (expected !== undefined && expected !== checksums[name]) {
        throw new AwsError(
          'BadDigest',
          400,
          `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
        );
      }
    }
    const hash = md5.digest();
    const contentMd5 = header('content-md5');
    if (contentMd5 !== undefined && contentMd5 !== hash.toString('base64')) {
      throw new AwsError('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.');
    }
    if (sha256 && sha256.digest('hex') !== payload) {
      throw new AwsError(
        'XAmzContentSHA256Mismatch',
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    return { blob, size, md5: hash.toString('hex'), checksums };
  } catch (error) {
    blobs.delete([blob]);
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Takes the framing off `Content-Encoding: aws-chunked`: `hex-length[;chunk-signature=…]\r\n bytes \r\n … 0\r\n
 * trailers \r\n`. Signatures of single chunks are not checked; checksums in the trailer are.
 */
async function* decodeChunks(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const malformed = () =>
    new AwsError('IncompleteBody', 400, 'The aws-chunked body is malformed or ends too early.');
  let rest: Buffer = Buffer.alloc(0);
  let left = 0; // bytes of the current chunk still to come
  let state: 'length' | 'data' | 'data-end' | 'trailer' | 'done' = 'length';
  for await (const bytes of source) {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (rest.length > 0 && state !== 'done') {
      if (state === 'data') {
        const part = rest.subarray(0, left);
        left -= part.length;
        rest = rest.subarray(part.length);
        if (left === 0) state = 'data-end';
        yield part;
        continue;
      }
      const end = rest.indexOf('\r\n');
      if (end < 0) {
        if (rest.length > 4096) throw malformed();
        break;
      }
      const line = rest.toString('latin1', 0, end);
      rest = rest.subarray(end + 2);
      if (state === 'data-end') {
        if (line !== '') throw malformed();
        state = 'length';
      } else if (state === 'length') {
        const length = /^([0-9a-f]{1,12})(?:;|$)/i.exec(line)?.[1];
        if (length === undefined) throw malformed();
        left = Number.parseInt(length, 16);
        state = left > 0 ? 'data' : 'trailer';
      } else if (line === '') {
        state = 'done';
      } else {
        const colon = line.indexOf(':');
        trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
        if (trailers.size > 8) throw malformed();
      }
    }
  }
  if (state !== 'done') throw malformed();
}
