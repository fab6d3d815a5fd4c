import { connect } from 'node:net';
import { resolve } from './resolve.ts';
import { forever } from './settings.ts';

/** A client with everything wrong: a name that does not exist, a refused port, a service that resets. */
await forever(900, async round => {
  if (round % 2 === 0) await resolve('payments-db.internal').catch(() => undefined);
  const host = await resolve('web');
  await talk(host, 9999);
  await talk(host, 8081);
});

function talk(host: string, port: number): Promise<void> {
  return new Promise(done => {
    const socket = connect({ host, port, timeout: 1000 }, () => socket.write('STATUS\n'));
    socket.on('error', () => undefined).on('timeout', () => socket.destroy());
    socket.on('close', () => done()).resume();
  });
}
