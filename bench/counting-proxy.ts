import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingProxy extends AsyncDisposable {
  url: string;
  requests: number;
  bytes: number; // of answers' bodies
}

/** Stands in front of a server on this machine and counts what is asked of it. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  const server = createServer((asked, answer) => {
    proxy.requests++;
    const { method, url: path, headers } = asked;
    const forwarded = request({ hostname, port, method, path, headers }, response => {
      answer.writeHead(response.statusCode!, response.headers);
      response.on('data', chunk => {
        proxy.bytes += chunk.length;
      });
      response.pipe(answer);
    });
    asked.pipe(forwarded);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const proxy: CountingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: 0,
    bytes: 0,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}
