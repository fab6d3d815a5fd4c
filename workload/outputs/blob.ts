import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CaptureError, errorCode, sentence } from '../errors.ts';
import type { Output } from './output.ts';

const KEY = 'blob-upload-url'; // of the Secret
const BLOCK_BYTES = 8 * 1024 * 1024;
const MAX_BLOCKS = 50_000; // of a block blob
const ATTEMPTS = 5;
const REQUEST_MS = 120_000;

/**
 * Azure Blob Storage through a URL with a shared access signature, which is a secret: it is in no error and
 * in no report.
 *
 * @throws CaptureError when the URL cannot be right, before anything is captured
 */
export function blobOutput(signedUrl: string): Output {
  blobUrl(signedUrl, '');
  return {
    type: 'BlobUpload',
    async store(archive, name, size) {
      const blob = blobUrl(signedUrl, name);
      const blockBytes = Math.max(BLOCK_BYTES, Math.ceil((size * 1.01) / MAX_BLOCKS));
      const ids: string[] = [];
      for await (const block of inBlocks(archive, blockBytes)) {
        const id = Buffer.from(String(ids.length).padStart(6, '0')).toString('base64');
        await put(blob, { comp: 'block', blockid: id }, block);
        ids.push(id);
      }
      const list = ids.map(id => `<Latest>${id}</Latest>`).join('');
      const body = `<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`;
      await put(blob, { comp: 'blocklist' }, Buffer.from(body), {
        'x-ms-blob-content-type': 'application/gzip',
      });
      return { type: 'BlobUpload', url: blob.origin + blob.pathname };
    },
  };
}

/**
 * The signed URL of the Secret that is mounted at `secret`, if one is; quotes and line ends around it are no part
 * of it.
 *
 * @throws CaptureError for a Secret without it
 */
export async function readBlobUrl(secret: string): Promise<string | undefined> {
  if (!existsSync(secret)) return undefined;
  try {
    const url = (await readFile(join(secret, KEY), 'utf8')).replace(/^["\s]+|["\s]+$/g, '');
    if (url !== '') return url;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  throw new CaptureError(`BlobUpload: the Secret has no key "${KEY}", or it is empty`);
}

function blobUrl(signedUrl: string, name: string): URL {
  const url = URL.canParse(signedUrl) ? new URL(signedUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname === '/') {
    throw new CaptureError(
      'BlobUpload: the URL in the Secret is not a blob URL with a container and a signature',
    );
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${name}`;
  return url;
}

async function put(
  blob: URL,
  query: Record<string, string>,
  body: Buffer,
  headers: Record<string, string> = {},
) {
  const url = new URL(blob);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  for (let attempt = 1; ; attempt++) {
    const failure = await request(url, body, headers);
    if (!failure) return;
    if (!failure.retry || attempt === ATTEMPTS) throw new CaptureError(failure.reason);
    await setTimeout(250 * 2 ** attempt);
  }
}

async function request(url: URL, body: Buffer, headers: Record<string, string>) {
  try {
    const response = await fetch(url, {
      method: 'PUT',
      body: new Uint8Array(body),
      headers: { 'x-ms-version': '2021-12-02', ...headers },
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    await response.body?.cancel();
    if (response.ok) return undefined;
    const code = response.headers.get('x-ms-error-code') ?? response.statusText;
    return {
      reason: `${url.host} answered ${response.status} ${code}`,
      retry: response.status >= 500 || response.status === 429 || response.status === 408,
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return { reason: `${url.host} could not be reached: ${sentence(cause)}`, retry: true };
  }
}

async function* inBlocks(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= size) {
      yield Buffer.concat(chunks);
      chunks = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(chunks);
}
