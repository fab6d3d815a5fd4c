import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it went by. */
export interface Passed {
  n: number; // counted from 1
  method: string;
  path: string;
  body: string;
}

/**
 * What befalls a request. `lost`: it never arrives. `unanswered`: it is applied, and nobody learns of it. `cut`: the
 * answer breaks off. A number or an answer is given in the server's place.
 */
export type Fault = 'lost' | 'unanswered' | 'cut' | Answer;

export interface Answer {
  code: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface FaultProxy {
  url: string;
  requests: Passed[];
  /** Decides for each request; undefined lets it pass. May do something to the cluster first. */
  fault: (request: Passed) => Promise<Fault | undefined> | Fault | undefined;
  close(): void;
}

/** Sends a request to the real server. */
export type Forward = (
  method: string,
  path: string,
  body?: string,
  headers?: Record<string, string>,
) => Promise<{ code: number; text: string }>;

const KEPT = ['accept', 'content-type', 'impersonate-user', 'impersonate-group'];
const kept = (headers: http.IncomingHttpHeaders) =>
  Object.fromEntries(KEPT.flatMap(name => (headers[name] ? [[name, String(headers[name])]] : [])));

/** Stands between the functions and an API server, numbers what goes by, and breaks it on demand. */
export async function startFaultProxy(forward: Forward): Promise<FaultProxy> {
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', chunk => chunks.push(chunk));
    req.on('end', () => void pass(req, res, Buffer.concat(chunks).toString()));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));

  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    fault: () => undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };

  async function pass(req: http.IncomingMessage, res: http.ServerResponse, body: string) {
    const request = { n: proxy.requests.length + 1, method: req.method ?? '', path: req.url ?? '', body };
    proxy.requests.push(request);
    const fault = await proxy.fault(request);
    if (fault === 'lost') return void req.socket.destroy();
    if (typeof fault === 'object') return answer(res, fault);
    const { code, text } = await forward(request.method, request.path, body || undefined, kept(req.headers));
    const real = { code, headers: { 'content-type': 'application/json' }, body: text };
    if (fault === 'unanswered') return void req.socket.destroy();
    if (fault !== 'cut') return answer(res, real);
    res.writeHead(real.code, { 'content-length': String(Buffer.byteLength(real.body) + 1) });
    res.write(real.body.slice(0, real.body.length / 2), () => req.socket.destroy());
  }

  const answer = (res: http.ServerResponse, { code, headers = {}, body = '' }: Answer) => {
    res.writeHead(code, headers);
    res.end(body);
  };
  return proxy;
}

/** The body of a failed request, as an API server words it. */
export const statusBody = (code: number, reason: string, message = reason) =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });

export const failure = (code: number, reason: string, headers: Record<string, string> = {}): Answer => ({
  code,
  headers: { 'content-type': 'application/json', ...headers },
  body: statusBody(code, reason),
});
