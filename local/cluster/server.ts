/** A Kubernetes API on loopback: `startCluster` opens its state, serves it over HTTP, and runs the controllers it needs. */
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type AuditEvent, AuditLog, AuditTrail } from './audit.ts';
import { type Act, startControllers } from './controllers.ts';
import { type ApiResponse, handle, type PodLogs, type Services } from './handler.ts';
import { type User, userOf } from './identity.ts';
import { Lists } from './lists.ts';
import { Registry } from './registry.ts';
import { requestInfo } from './request-info.ts';
import { ApiError } from './status.ts';
import { Store } from './store.ts';

export type { AuditEvent } from './audit.ts';
export type { PodLogs } from './handler.ts';

export interface ClusterOptions {
  /** Where the journal and the audit log are; made if it is not there. */
  dataDir: string;
  /** Loopback by default; port 0 or none takes a free one. */
  host?: string;
  port?: number;
  /** The name of the cluster in its kubeconfig. */
  name?: string;
  /** Called with each audit event after it stands in `<dataDir>/audit.log`. */
  onAudit?: (event: AuditEvent) => void;
  /** Where the logs of containers come from; without it there are none. */
  podLogs?: PodLogs;
}

export interface Cluster {
  url: string;
  /** A kubeconfig, in YAML, that makes kubectl talk to this cluster. */
  kubeconfig(): string;
  /** Ends watches, connections and controllers. */
  close(): Promise<void>;
}

const bodyLimit = 3 * 1024 * 1024;

/** Opens or begins the cluster in `dataDir`. Rejects with EADDRINUSE if the port is taken. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDir, host = '127.0.0.1', port = 0, name = 'local' } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const store = new Store(join(dataDir, 'objects.ndjson'));
  const audit = new AuditLog(join(dataDir, 'audit.log'), options.onAudit);
  const services: Services = {
    store,
    registry: new Registry(store),
    lists: new Lists(store),
    podLogs: options.podLogs,
  };
  const closing = new AbortController();
  const api = new Api(services, audit, closing.signal);
  const server = createServer(
    { keepAliveTimeout: 60_000 },
    (request, response) => void api.serve(request, response),
  );
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  } catch (error) {
    store.close();
    audit.close();
    throw error;
  }
  const controllers = await startControllers(store, services.registry, api.act);
  const { port: chosen } = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${chosen}`;
  return {
    url,
    kubeconfig: () => kubeconfig(name, url),
    async close() {
      await controllers.close();
      closing.abort();
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await api.idle();
      store.close();
      audit.close();
    },
  };
}

function kubeconfig(name: string, url: string): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: ${name}
    cluster:
      server: ${url}
users:
  - name: ${name}
    user: {}
contexts:
  - name: ${name}
    context:
      cluster: ${name}
      user: ${name}
current-context: ${name}
`;
}

class Api {
  readonly #services: Services;
  readonly #audit: AuditLog;
  readonly #closing: AbortSignal;
  readonly #running = new Set<Promise<void>>();

  constructor(services: Services, audit: AuditLog, closing: AbortSignal) {
    this.#services = services;
    this.#audit = audit;
    this.#closing = closing;
  }

  /** Answers one HTTP request. Never rejects. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const work = this.#serve(request, response).catch(() => void response.destroy());
    this.#running.add(work);
    return work.finally(() => this.#running.delete(work));
  }

  /** When the requests that were under way have ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method = 'GET', url = '/' } = request;
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const call: Call = {
      method,
      url,
      user: userOf(headers),
      userAgent: headers['user-agent'] ?? '',
      sourceIP: request.socket.remoteAddress ?? '',
      body: () => readBody(request),
      contentType: headers['content-type'] ?? '',
      accept: headers.accept ?? '',
      address: headers.host ?? '',
      signal: AbortSignal.any([gone.signal, this.#closing]),
    };
    const deliver = (answer: ApiResponse) => send(answer, response, call.signal);
    await this.#run(call, deliver).catch(error => deliver(failed(error)));
  }

  /** A request of the cluster itself: the same way, the same audit event, without the wire. */
  act: Act = async (user, method, url, body, contentType = 'application/json') => {
    let result: ApiResponse | undefined;
    const call: Call = {
      method,
      url,
      user,
      userAgent: `serverless-capture/${user.username}`,
      sourceIP: '127.0.0.1',
      body: async () => Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      contentType,
      accept: 'application/json',
      address: '',
      signal: this.#closing,
    };
    await this.#run(call, async answer => {
      result = answer;
    });
    return result?.code ?? 500;
  };

  /** Handles a call between the two ends of its audit trail; `deliver` takes the answer. */
  async #run(call: Call, deliver: (answer: ApiResponse) => Promise<void>): Promise<void> {
    const info = requestInfo(call.method, call.url);
    const trail = new AuditTrail(this.#audit, info, call.url, call.user, call.userAgent, call.sourceIP);
    const answer = await this.#answer(call, info, body => trail.request(body));
    // What runs long is logged when it begins and when it ends.
    const runsLong = info.verb === 'watch' || info.subresource === 'log';
    const outcome = answer.stream && info.verb === 'watch' ? closedEarly : answer.body;
    if (runsLong) trail.finish('ResponseStarted', answer.code, outcome);
    if (!answer.stream) trail.finish('ResponseComplete', answer.code, outcome);
    await deliver(answer);
    if (answer.stream) trail.finish('ResponseComplete', answer.code, outcome);
  }

  async #answer(
    call: Call,
    info: ReturnType<typeof requestInfo>,
    onBody: (body: unknown) => void,
  ): Promise<ApiResponse> {
    try {
      return await handle(this.#services, { ...call, info, body: await call.body(), onBody });
    } catch (error) {
      return failed(error);
    }
  }
}

/** A watch ends without an answer of its own; the API server notes it so, at its begin and at its end. */
const closedEarly = { kind: 'Status', status: 'Success', message: 'Connection closed early' };

interface Call {
  method: string;
  url: string;
  user: User;
  userAgent: string;
  sourceIP: string;
  body: () => Promise<Buffer>;
  contentType: string;
  accept: string;
  address: string;
  signal: AbortSignal;
}

function failed(error: unknown): ApiResponse {
  const { status } = error instanceof ApiError ? error : internalError(error);
  return { code: status.code, body: status };
}

function internalError(error: unknown): ApiError {
  return new ApiError(
    500,
    'InternalError',
    `Internal error occurred: ${error instanceof Error ? error.message : error}`,
  );
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimit)
      throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function send(answer: ApiResponse, response: ServerResponse, signal: AbortSignal): Promise<void> {
  for (const warning of answer.warnings ?? [])
    response.appendHeader('warning', `299 - ${JSON.stringify(warning)}`);
  const { contentType = 'application/json' } = answer;
  if (answer.stream) return stream(answer.stream, contentType, response, signal);
  const text = answer.text ?? `${JSON.stringify(answer.body)}\n`;
  const type = answer.text === undefined ? 'application/json' : 'text/plain; charset=utf-8';
  response.writeHead(answer.code, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache, private',
  });
  response.end(text);
}

async function stream(
  parts: AsyncIterable<string | Uint8Array>,
  contentType: string,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  for await (const part of parts) {
    if (signal.aborted) break;
    if (!response.write(part))
      await new Promise<void>(resolve => {
        response.once('drain', resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
  }
  response.end();
}
