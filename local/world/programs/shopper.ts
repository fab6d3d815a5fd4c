import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http';
import { get as getSecure, Agent as SecureAgent } from 'node:https';
import { resolve } from './resolve.ts';
import { forever } from './settings.ts';

/** A client that reads orders, fails to check out, and pays over TLS. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const secureAgent = new SecureAgent({ keepAlive: true, rejectUnauthorized: false, maxCachedSessions: 0 });

await forever(400, async round => {
  const host = await resolve('web');
  const path = round % 5 === 4 ? '/checkout' : `/orders?page=${round}`;
  const last = round % 8 === 7; // now and then a new connection
  await finished(done => get({ host, path, agent, headers: { host: 'web' }, timeout: 2000 }, done), last);
  if (round % 2 === 0) return;
  const secure = { host: await resolve('pay'), servername: 'pay.shop.svc.cluster.local' };
  await finished(
    done => getSecure({ ...secure, path: '/pay', agent: secureAgent, timeout: 2000 }, done),
    true,
  );
});

/** The answer has been read; after the last one the connection is closed in good order, not cut off. */
function finished(send: (done: (response: IncomingMessage) => void) => ClientRequest, last: boolean) {
  return new Promise<void>(resolved => {
    const request = send(response => {
      response.resume().on('close', () => {
        if (last) request.socket?.end();
        resolved();
      });
    });
    request.on('error', () => resolved()).on('timeout', () => request.destroy());
  });
}
