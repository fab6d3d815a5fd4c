import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../errors.ts';
import { decode, parseQuery } from '../sigv4.ts';
import type { Header } from './body.ts';
import type { StoredObject } from './store.ts';
import { document, type Xml } from './xml.ts';

const KEY_LIMIT = 1024; // bytes of UTF-8
const METADATA_LIMIT = 2048;
const XML_LIMIT = 4 * 1024 * 1024; // 10,000 parts with their checksums

/** One request to S3, path style, taken apart. */
export interface S3Request {
  method: string;
  bucket: string;
  key: string;
  query: Map<string, string>;
  header: Header;
  payload: string; // x-amz-content-sha256, or UNSIGNED-PAYLOAD
  id: string;
  body: IncomingMessage;
  response: ServerResponse;
}

export function takeApart(
  body: IncomingMessage,
  response: ServerResponse,
  payload: string,
  id: string,
): S3Request {
  const target = body.url ?? '/';
  const query = new Map(parseQuery(target));
  const [, bucket = '', rest = ''] = /^\/([^/]*)\/?(.*)$/.exec(target.split('?')[0]!) ?? [];
  const key = decode(rest.replaceAll('+', '%2B'));
  if (Buffer.byteLength(key) > KEY_LIMIT) throw new AwsError('KeyTooLongError', 400, 'Your key is too long');
  const lowered = new Map([...query].map(([name, value]) => [name.toLowerCase(), value]));
  const header: Header = name => {
    const value = body.headers[name];
    if (value !== undefined) return Array.isArray(value) ? value.join(',') : value;
    return name.startsWith('x-amz-') ? lowered.get(name) : undefined;
  };
  return {
    method: body.method ?? 'GET',
    bucket: decode(bucket),
    key,
    query,
    header,
    payload,
    id,
    body,
    response,
  };
}

/** Headers that S3 stores with an object and gives back as they came. */
const STORED = [
  'content-type',
  'content-encoding',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
];

export function storedHeaders({ header, body, query }: S3Request): Record<string, string> {
  const kept = new Map<string, string>([['content-type', 'binary/octet-stream']]);
  for (const name of STORED) {
    const value = header(name);
    if (value !== undefined) kept.set(name, value);
  }
  const encoding = (kept.get('content-encoding') ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '' && part !== 'aws-chunked')
    .join(',');
  if (encoding === '') kept.delete('content-encoding');
  else kept.set('content-encoding', encoding);
  let metadata = 0;
  for (const [name, value] of [...Object.entries(body.headers), ...query]) {
    if (!name.toLowerCase().startsWith('x-amz-meta-') || typeof value !== 'string') continue;
    kept.set(name.toLowerCase(), value);
    metadata += name.length - 'x-amz-meta-'.length + value.length;
  }
  if (metadata > METADATA_LIMIT) {
    throw new AwsError(
      'MetadataTooLarge',
      400,
      'Your metadata headers exceed the maximum allowed metadata size',
    );
  }
  return Object.fromEntries(kept);
}

/** The whole of a small body, such as the XML of a multi-object delete. */
export async function readText({ body }: S3Request): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > XML_LIMIT) throw new AwsError('MalformedXML', 400, 'The XML you provided is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function sendXml(
  { response }: S3Request,
  root: string,
  content: Xml,
  headers: Record<string, string> = {},
) {
  const body = document(root, content);
  response.writeHead(200, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

export function sendEmpty({ response }: S3Request, status: number, headers: Record<string, string> = {}) {
  response.writeHead(status, status === 204 ? headers : { 'content-length': '0', ...headers });
  response.end();
}

const failed = (condition: string) =>
  new AwsError(
    'PreconditionFailed',
    412,
    `At least one of the pre-conditions you specified did not hold (${condition})`,
  );

/** If-Match and its kin on a read. */
export function checkRead({ header }: S3Request, { etag, modified }: StoredObject) {
  const names = (value: string) =>
    value.split(',').some(item => ['*', etag].includes(item.trim().replaceAll('"', '')));
  const since = (value: string | undefined) => Date.parse(value ?? '');
  const seconds = Math.floor(modified / 1000) * 1000;
  const match = header('if-match');
  const none = header('if-none-match');
  if (match !== undefined && !names(match)) throw failed('If-Match');
  if (match === undefined && seconds > since(header('if-unmodified-since')))
    throw failed('If-Unmodified-Since');
  const unchanged = none === undefined ? seconds <= since(header('if-modified-since')) : names(none);
  if (unchanged) throw new AwsError('NotModified', 304, 'Not Modified', { etag: `"${etag}"` });
}

/** If-None-Match: * and If-Match on a write. */
export function checkWrite({ header }: S3Request, current: StoredObject | undefined) {
  const match = header('if-match');
  if (header('if-none-match') === '*' && current) throw failed('If-None-Match');
  if (match === undefined) return;
  if (!current) throw new AwsError('NoSuchKey', 404, 'The specified key does not exist.');
  if (match.replaceAll('"', '') !== current.etag) throw failed('If-Match');
}

/** The first and last byte that are asked for; undefined for all. */
export function parseRange(header: string | undefined, size: number): [number, number] | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined;
  if (start >= size || (first === '' && Number(last) === 0)) {
    throw new AwsError('InvalidRange', 416, 'The requested range is not satisfiable', {
      'content-range': `bytes */${size}`,
    });
  }
  return [start, end];
}
