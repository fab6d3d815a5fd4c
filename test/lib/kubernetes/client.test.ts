import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, createClient } from '../../../lib/kubernetes/client.ts';
import {
  AlreadyExistsError,
  ConflictError,
  DeadlineError,
  ExpiredError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
  ThrottledError,
  UnauthorizedError,
  UnavailableError,
} from '../../../lib/kubernetes/errors.ts';
import { paths } from '../../../lib/kubernetes/paths.ts';

interface Step {
  code?: number;
  headers?: Record<string, string>;
  body?: unknown;
  hangUp?: boolean; // close the connection instead of answering
  cut?: boolean; // close it in the middle of the body
}

interface Seen {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** A server that answers with the given steps, one a request, and remembers what it was asked. */
async function serve(steps: Step[]) {
  const seen: Seen[] = [];
  const sockets = new Set<unknown>();
  const server = http.createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8');
    req.on('data', text => {
      body += text;
    });
    req.on('end', () => {
      seen.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body });
      sockets.add(req.socket);
      const step = steps.shift() ?? { code: 500 };
      if (step.hangUp) return void req.socket.destroy();
      res.writeHead(step.code ?? 200, { 'content-type': 'application/json', ...step.headers });
      const text = typeof step.body === 'string' ? step.body : JSON.stringify(step.body ?? {});
      if (!step.cut) return void res.end(text);
      res.write(text.slice(0, 3));
      setImmediate(() => req.socket.destroy());
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, sockets, close: () => server.closeAllConnections() ?? server.close() };
}

const status = (code: number, reason: string) => ({
  kind: 'Status',
  code,
  reason,
  message: `${reason} for a test`,
});

describe('client', () => {
  let server: Awaited<ReturnType<typeof serve>>;
  let client: Client;

  async function given(steps: Step[], options: Partial<Parameters<typeof createClient>[0]> = {}) {
    server = await serve(steps);
    client = createClient({ server: server.url, backoffMs: 1, ...options });
  }

  afterEach(() => {
    client.close();
    server.close();
  });

  test('keeps one connection for many requests', async () => {
    await given(Array.from({ length: 5 }, () => ({ body: {} })));
    for (let i = 0; i < 5; i++) await client.get('/x');
    expect(server.sockets.size).toBe(1);
  });

  test('keeps fields that it does not know', async () => {
    await given([{ body: { spec: { newField: 1 } } }]);
    expect(await client.get('/x')).toEqual({ spec: { newField: 1 } });
  });

  test.each([
    [400, 'BadRequest', InvalidError],
    [401, 'Unauthorized', UnauthorizedError],
    [403, 'Forbidden', ForbiddenError],
    [404, 'NotFound', NotFoundError],
    [409, 'AlreadyExists', AlreadyExistsError],
    [409, 'Conflict', ConflictError],
    [410, 'Expired', ExpiredError],
    [422, 'Invalid', InvalidError],
  ])('answers %i %s with its own error and the words of the server', async (code, reason, kind) => {
    await given([{ code, body: status(code, reason) }]);
    const error = await client.create('/x', {}).catch(e => e);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ code, message: `${reason} for a test`, status: { reason } });
  });

  test.each([
    ['a 500', { code: 500, body: 'oops' }],
    ['a 503', { code: 503, body: status(503, 'ServiceUnavailable') }],
    ['a 504', { code: 504 }],
    ['a 429', { code: 429, headers: { 'retry-after': '0' } }],
    ['a closed connection', { hangUp: true }],
    ['a connection closed in the body', { cut: true }],
  ])('repeats a read after %s', async (_, step: Step) => {
    await given([step, { body: { ok: true } }]);
    expect(await client.get('/x')).toEqual({ ok: true });
    expect(server.seen).toHaveLength(2);
  });

  test.each([
    ['a 500', { code: 500 }],
    ['a closed connection', { hangUp: true }],
    ['a connection closed in the body', { cut: true }],
  ])('does not repeat a write after %s: it may have been applied', async (_, step: Step) => {
    await given([step, { body: {} }]);
    await expect(client.create('/x', {})).rejects.toBeInstanceOf(UnavailableError);
    expect(server.seen).toHaveLength(1);
  });

  test('repeats a write that the server refused unread', async () => {
    await given([{ code: 429 }, { body: { ok: true } }]);
    expect(await client.create('/x', {})).toEqual({ ok: true });
  });

  test('gives up after four attempts', async () => {
    await given(Array.from({ length: 9 }, () => ({ code: 503 })));
    await expect(client.get('/x')).rejects.toBeInstanceOf(UnavailableError);
    expect(server.seen).toHaveLength(4);
  });

  test.each(['3600', new Date(Date.now() + 3_600_000).toUTCString()])(
    'does not wait longer than it can when asked to (Retry-After: %s)',
    async retryAfter => {
      await given([{ code: 429, headers: { 'retry-after': retryAfter } }]);
      const error = await client.get('/x').catch(e => e);
      expect(error).toBeInstanceOf(ThrottledError);
      expect(error.retryAfterMs).toBeGreaterThan(3_500_000);
    },
  );

  test('sends nothing when no time is left', async () => {
    await given([], { remainingMs: () => 0 });
    await expect(client.update('/x', {})).rejects.toBeInstanceOf(DeadlineError);
    expect(server.seen).toHaveLength(0);
  });

  test('asks for a fresh token once when the server refuses the one it has', async () => {
    const asked: boolean[] = [];
    const token = async (fresh: boolean) => `t${asked.push(fresh)}`;
    await given([{ code: 401 }, { body: {} }, { code: 401 }, { code: 401 }], { token });
    await client.get('/x');
    await expect(client.get('/x')).rejects.toBeInstanceOf(UnauthorizedError);
    expect(asked).toEqual([false, true, false, true]);
    expect(server.seen.map(s => s.headers.authorization)).toEqual(
      ['t1', 't2', 't3', 't4'].map(t => `Bearer ${t}`),
    );
  });

  test('lists page by page and trims each item', async () => {
    await given([
      { body: { metadata: { resourceVersion: '7', continue: 'c/1' }, items: [{ metadata: { name: 'a' } }] } },
      { body: { metadata: { resourceVersion: '7' }, items: [{ metadata: { name: 'b' } }] } },
    ]);
    const names = await client.list('/x', { labelSelector: 'a=b' }, item => item.metadata?.name);
    expect(names).toEqual({ items: ['a', 'b'], resourceVersion: '7' });
    expect(server.seen.map(s => s.url)).toEqual([
      '/x?limit=500&labelSelector=a%3Db',
      '/x?limit=500&labelSelector=a%3Db&continue=c%2F1',
    ]);
  });

  test('starts a list again when its continue token is too old', async () => {
    const first = { body: { metadata: { continue: 'c' }, items: [{ metadata: { name: 'old' } }] } };
    const last = { body: { metadata: {}, items: [{ metadata: { name: 'new' } }] } };
    await given([first, { code: 410, body: status(410, 'Expired') }, last]);
    expect((await client.list('/x')).items).toEqual([{ metadata: { name: 'new' } }]);
  });

  test('an empty collection may have null items', async () => {
    await given([{ body: { metadata: {}, items: null } }]);
    expect((await client.list('/x')).items).toEqual([]);
  });

  test('deletes in the background, and only the object that was meant', async () => {
    await given([{ body: {} }]);
    await client.delete('/x', { uid: 'u', resourceVersion: '3' });
    expect(server.seen[0]).toMatchObject({ method: 'DELETE' });
    expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({
      propagationPolicy: 'Background',
      preconditions: { uid: 'u', resourceVersion: '3' },
    });
  });

  test.each([
    ['merge', 'application/merge-patch+json'],
    ['json', 'application/json-patch+json'],
    ['strategic', 'application/strategic-merge-patch+json'],
    ['apply', 'application/apply-patch+yaml'],
  ] as const)('names the content type of a %s patch', async (type, contentType) => {
    await given([{ body: {} }]);
    await client.patch('/x', type, { a: 1 });
    expect(server.seen[0]).toMatchObject({ method: 'PATCH', body: '{"a":1}' });
    expect(server.seen[0]?.headers['content-type']).toBe(contentType);
  });

  test('yields the events of a watch and throws its error', async () => {
    const events = [
      { type: 'ADDED', object: { metadata: { name: 'a' } } },
      { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } },
      { type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old resource version' } },
    ];
    await given([{ body: events.map(e => `${JSON.stringify(e)}\n`).join('') }]);
    const types: string[] = [];
    const reading = (async () => {
      for await (const event of client.watch('/x', { resourceVersion: '1' })) types.push(event.type);
    })();
    await expect(reading).rejects.toBeInstanceOf(ExpiredError);
    expect(types).toEqual(['ADDED', 'BOOKMARK']);
  });
});

test('names in paths cannot climb out of their collection', () => {
  expect(paths.captures('a/../b', '../secrets?x#y')).toBe(
    '/apis/retina.sh/v1alpha1/namespaces/a%2F..%2Fb/captures/..%2Fsecrets%3Fx%23y',
  );
});
