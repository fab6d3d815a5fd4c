import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';

export interface StoredObject {
  body: Buffer;
  headers: IncomingMessage['headers'];
  parts: number; // 0: put in one piece
}

/** As much of S3 as one upload needs: put, multipart, and refusal of a part whose checksum is wrong. */
export async function startS3(refuse?: (request: IncomingMessage) => string | undefined) {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, { headers: IncomingMessage['headers']; parts: Map<number, Buffer> }>();

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url!, 'http://s3');
    const key = decodeURIComponent(url.pathname);
    const body = await buffer(request);
    const code = refuse?.(request);
    const given = request.headers['x-amz-checksum-crc32'];
    if (code) return error(response, 403, code);
    if (request.method === 'PUT' && given && given !== base64Crc(body))
      return error(response, 400, 'BadDigest');
    const uploadId = url.searchParams.get('uploadId');
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    if (request.method === 'POST' && url.searchParams.has('uploads')) {
      uploads.set(key, { headers: request.headers, parts: new Map() });
      return xml(
        response,
        '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
      );
    }
    if (request.method === 'PUT' && uploadId) {
      uploads.get(key)!.parts.set(Number(url.searchParams.get('partNumber')), body);
      response.setHeader('etag', etag);
      return response.end();
    }
    if (request.method === 'POST' && uploadId) {
      const { headers, parts } = uploads.get(key)!;
      const inOrder = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
      objects.set(key, { body: Buffer.concat(inOrder), headers, parts: parts.size });
      uploads.delete(key);
      return xml(
        response,
        '<CompleteMultipartUploadResult><ETag>"whole-1"</ETag></CompleteMultipartUploadResult>',
      );
    }
    if (request.method === 'PUT') {
      objects.set(key, { body, headers: request.headers, parts: 0 });
      response.setHeader('etag', etag);
      return response.end();
    }
    if (request.method === 'DELETE' && uploadId) {
      uploads.delete(key);
      response.statusCode = 204;
      return response.end();
    }
    return error(response, 405, 'MethodNotAllowed');
  }

  const server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    uploads,
    close: () => server.close(),
  };
}

export function base64Crc(body: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
}

function xml(response: ServerResponse, body: string) {
  response.setHeader('content-type', 'application/xml');
  response.end(`<?xml version="1.0"?>${body}`);
}

function error(response: ServerResponse, status: number, code: string) {
  response.statusCode = status;
  xml(response, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
