import { Agent, get } from 'node:http';
import { get as getSecure } from 'node:https';
import { resolve } from './resolve.ts';
import { forever } from './settings.ts';

/** A client that reads orders, fails to check out, and pays over TLS. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

await forever(400, async round => {
  const host = await resolve('web');
  const path = round % 5 === 4 ? '/checkout' : `/orders?page=${round}`;
  await finished(done => get({ host, path, agent, headers: { host: 'web' }, timeout: 2000 }, done));
  if (round % 8 === 7) agent.destroy(); // now and then a new connection
  if (round % 2 === 0) return;
  const secure = { host: await resolve('pay'), servername: 'pay.shop.svc.cluster.local' };
  await finished(done =>
    getSecure({ ...secure, path: '/pay', rejectUnauthorized: false, agent: false, timeout: 2000 }, done),
  );
});

function finished(
  send: (done: (response: import('node:http').IncomingMessage) => void) => import('node:http').ClientRequest,
) {
  return new Promise<void>(resolved => {
    const request = send(response => response.resume().on('close', resolved));
    request.on('error', () => resolved()).on('timeout', () => request.destroy());
  });
}
