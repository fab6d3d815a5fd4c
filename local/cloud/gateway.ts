import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Account } from './account.ts';
import { type ClusterEndpoint, describeCluster } from './eks.ts';
import { AwsError } from './errors.ts';
import type { EventBuses } from './events/bus.ts';
import type { QueueService } from './queues/service.ts';
import { type S3, sendS3Error, serveS3 } from './s3/service.ts';
import { scopeOf, sha256, verify } from './sigv4.ts';

/** The services behind the one port. */
export interface Services {
  account: Account;
  s3: S3;
  buses: EventBuses;
  queues: QueueService;
  clusters: ClusterEndpoint[];
}

const JSON_LIMIT = 2 * 1024 * 1024; // bytes of a request's body

/**
 * Answers AWS's protocols; the service is the one that the request was signed for. Every request must be signed
 * with the account's key.
 * @param services asked for at each request, for they need the address to be made
 */
export function createGateway(services: () => Services | undefined, only?: 's3'): Server {
  const server = createServer((request, response) => {
    const id = randomBytes(8).toString('hex').toUpperCase();
    response.setHeader('x-amz-request-id', id);
    const ready = services();
    const service = serviceOf(request);
    const answer = !ready
      ? Promise.reject(new AwsError('ServiceUnavailable', 503, 'The embedded cloud is starting.'))
      : service === 's3' || only === 's3'
        ? answerS3(ready, request, response, id)
        : answerJson(ready, request, response, service);
    answer.catch((error: unknown) => refuse(request, response, error, service, id));
  });
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0; // a long upload is no attack here
  return server;
}

const outline = ({ method = 'GET', url = '/', headers }: IncomingMessage) => ({
  method,
  target: url,
  headers,
});

function serviceOf(request: IncomingMessage): string {
  try {
    return scopeOf(outline(request)) ?? 's3';
  } catch {
    return 's3';
  }
}

async function answerS3(services: Services, request: IncomingMessage, response: ServerResponse, id: string) {
  const { payload } = verify(outline(request), services.account);
  await serveS3(services.s3, request, response, payload, id);
}

async function answerJson(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
  service: string,
) {
  const body = await readBody(request);
  verify({ ...outline(request), bodyHash: sha256(body) }, services.account);
  const result = await dispatch(services, request, service, body);
  const text = JSON.stringify(result);
  response.writeHead(200, {
    'content-type': request.headers['content-type'] ?? 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

async function dispatch(
  { buses, queues, clusters, account }: Services,
  request: IncomingMessage,
  service: string,
  body: Buffer,
) {
  if (service === 'eks') {
    const name = /^\/clusters\/([^/?]+)$/.exec(request.url ?? '')?.[1];
    if (request.method === 'GET' && name) return describeCluster(clusters, decodeURIComponent(name), account);
  }
  const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  if (service === 'events') return buses.serve(operation, parse(body));
  if (service === 'sqs') return queues.serve(operation, parse(body));
  throw new AwsError(
    'UnknownOperationException',
    404,
    `The embedded cloud has no ${service} for this request.`,
  );
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > JSON_LIMIT)
      throw new AwsError('RequestEntityTooLargeException', 413, 'The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // the same answer
  }
  throw new AwsError('SerializationException', 400, 'The request is not a JSON object.');
}

/** As S3 and the JSON services name the same refusal. */
const JSON_CODES: Record<string, string> = {
  SignatureDoesNotMatch: 'InvalidSignatureException',
  RequestTimeTooSkewed: 'InvalidSignatureException',
  InvalidAccessKeyId: 'UnrecognizedClientException',
  AccessDenied: 'MissingAuthenticationTokenException',
};

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  service: string,
  id: string,
) {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known =
    error instanceof AwsError
      ? error
      : new AwsError('InternalError', 500, error instanceof Error ? error.message : String(error));
  if (service === 's3') return sendS3Error(request, response, known, id);
  const code = JSON_CODES[known.code] ?? known.code;
  const body = JSON.stringify({ __type: code, message: known.message });
  response.writeHead(known.status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(body),
    ...known.headers,
    ...(service === 'sqs' && code.startsWith('AWS.') ? { 'x-amzn-query-error': `${code};Sender` } : {}),
  });
  response.end(body);
}
