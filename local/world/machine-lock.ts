import { createServer } from 'node:net';

/** The world's names exist once on a machine, so there is one world at a time. */
export class WorldInUse extends Error {}

const SOCKET = '\0serverless-capture-world'; // abstract (unix(7)): gone with the process that holds it

/** Takes the machine for this process; throws {@link WorldInUse} when another platform runs on it. */
export function takeMachine(): Promise<{ release(): void }> {
  return new Promise((resolve, reject) => {
    const server = createServer().unref();
    server.once('error', () => {
      reject(new WorldInUse('another embedded platform runs on this machine; stop it first (Ctrl-C)'));
    });
    server.listen(SOCKET, () => resolve({ release: () => void server.close() }));
  });
}
