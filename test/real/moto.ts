import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const INSTALLED = resolve(import.meta.dirname, '../../.cache/moto/bin/moto_server');

export interface Moto {
  endpoint: string;
  stop(): Promise<void>;
}

/** Starts moto from scripts/moto.sh's folder, or the program that MOTO_SERVER names. */
export async function startMoto(): Promise<Moto> {
  const program = process.env.MOTO_SERVER ?? INSTALLED;
  if (!existsSync(program)) {
    throw new Error(`there is no AWS emulator at ${program}: run scripts/moto.sh, or set MOTO_SERVER`);
  }
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    await delay(50);
  }
  return { endpoint, stop: () => stop(child) };
}

const answers = (endpoint: string) =>
  fetch(`${endpoint}/moto-api/`).then(
    response => response.ok,
    () => false,
  );

async function stop(child: ChildProcess) {
  const exit = new Promise(done => child.once('exit', done));
  child.kill();
  await exit;
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? done(address.port) : fail()));
    });
  });
}
