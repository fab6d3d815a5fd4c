import * as http from 'node:http';
import * as https from 'node:https';
import { CertificateError, DeadlineError, UnavailableError } from './errors.ts';

export interface TransportOptions {
  server: string; // https://host:port; http is for platforms on loopback
  ca?: string; // PEM
  cert?: string; // PEM, client certificate
  key?: string; // PEM
  timeoutMs?: number; // without a byte from the server; default 30 s
}

export interface Answer {
  code: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export interface Transport {
  send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer>;
  /** Answers with the body as it arrives; for watches. */
  stream(path: string, headers: Record<string, string>, signal?: AbortSignal): Promise<http.IncomingMessage>;
  close(): void;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS/;

/** One keep-alive connection pool to one API server: twenty reads cost one TLS handshake. */
export function createTransport(options: TransportOptions): Transport {
  const base = new URL(options.server);
  const secure = base.protocol === 'https:';
  const { ca, cert, key, timeoutMs = 30_000 } = options;
  const pool = { keepAlive: true, maxSockets: 8 };
  const agent = secure
    ? new https.Agent({ ...pool, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) })
    : new http.Agent(pool);
  const prefix = base.pathname.replace(/\/$/, '');

  const request = (
    method: string,
    path: string,
    headers: Record<string, string>,
    extra: http.RequestOptions,
    onAnswer: (res: http.IncomingMessage) => void,
  ) =>
    (secure ? https : http).request(
      {
        method,
        protocol: base.protocol,
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port,
        path: prefix + path,
        agent,
        headers,
        ...extra,
      },
      onAnswer,
    );

  return {
    send: (method, path, headers, body) =>
      new Promise<Answer>((resolve, reject) => {
        const fail = (cause: Error) => reject(transportError(method, path, cause));
        const bytes = body === undefined ? undefined : Buffer.from(body);
        const sent = { ...headers, ...(bytes && { 'content-length': String(bytes.length) }) };
        const req = request(method, path, sent, { timeout: timeoutMs }, res => {
          const chunks: Buffer[] = [];
          let size = 0;
          res.on('data', (chunk: Buffer) => {
            size += chunk.length;
            if (size > MAX_BODY_BYTES)
              res.destroy(new Error(`answer is larger than ${MAX_BODY_BYTES} bytes`));
            else chunks.push(chunk);
          });
          res.on('error', fail);
          res.on('end', () =>
            resolve({
              code: res.statusCode ?? 0,
              headers: res.headers,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        });
        req.on('timeout', () => req.destroy(new Error(`no answer for ${timeoutMs} ms`)));
        req.on('error', fail);
        req.end(bytes);
      }),

    stream: (path, headers, signal) =>
      new Promise((resolve, reject) => {
        const req = request('GET', path, headers, { ...(signal && { signal }), agent: false }, resolve);
        req.on('error', cause => reject(transportError('GET', path, cause)));
        req.end();
      }),

    close: () => agent.destroy(),
  };
}

function transportError(method: string, path: string, cause: Error) {
  const code = 'code' in cause ? String(cause.code) : '';
  const message = `${method} ${path.split('?')[0]}: ${cause.message}`;
  return CERTIFICATE_CODES.test(code)
    ? new CertificateError(message, undefined, undefined, { cause })
    : new UnavailableError(message, undefined, undefined, { cause });
}

/** Waits, unless the deadline (milliseconds left) would pass meanwhile. */
export async function pause(ms: number, remaining: () => number) {
  if (remaining() <= ms) throw new DeadlineError(`no time left to wait ${Math.round(ms)} ms`);
  await new Promise(resolve => setTimeout(resolve, ms));
}
