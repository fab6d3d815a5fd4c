import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Client, createClient } from '../../../lib/kubernetes/client.ts';
import { condition, createJob, createNode, finishedJob, podInPhase, podsOf } from './world.ts';

const PLATFORM = resolve(import.meta.dirname, 'platform.ts');

let dataDir: string;
let port: string;
let platform: ChildProcess;
let client: Client;

async function freePort() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port: free } = server.address() as AddressInfo;
  await new Promise(closed => server.close(closed));
  return String(free);
}

async function startPlatform() {
  platform = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PLATFORM, dataDir, port], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(platform.stdout!, 'data');
}

async function endPlatform(signal: NodeJS.Signals) {
  const ended = once(platform, 'exit');
  platform.kill(signal);
  await ended;
}

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'restart-'));
  port = await freePort();
  await startPlatform();
  client = createClient({ server: `http://127.0.0.1:${port}` });
  await createNode(client, 'node-1');
});
afterEach(async () => {
  await endPlatform('SIGTERM');
  client.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Adds a line to `runs` when it begins, and ends well when `go` is there. */
const program = () => {
  const [runs, go] = [join(dataDir, 'runs'), join(dataDir, 'go')];
  return [
    process.execPath,
    '-e',
    `const fs = require('fs'); fs.appendFileSync('${runs}', 'x');
     setInterval(() => { if (fs.existsSync('${go}')) process.exit(Number(fs.readFileSync('${go}', 'utf8'))) }, 50)`,
  ];
};
const go = (code: number) => writeFileSync(join(dataDir, 'go'), String(code));

async function begun() {
  await createJob(client, program());
  await podInPhase(client, 'Running');
  while (!existsSync(join(dataDir, 'runs'))) await setTimeout(20);
}
const restartCount = async () => (await podsOf(client))[0]!.status!.containerStatuses![0]!.restartCount;

describe('when the platform is killed', () => {
  it('what runs goes on, and its end is seen by the next one', async () => {
    await begun();
    await endPlatform('SIGKILL');
    await startPlatform();
    go(0);
    expect(condition(await finishedJob(client))).toMatchObject({ type: 'Complete' });
    expect(await restartCount()).toBe(0);
  });

  it('what ends well meanwhile has ended well', async () => {
    await begun();
    await endPlatform('SIGKILL');
    go(0);
    await setTimeout(500);
    await startPlatform();
    expect(condition(await finishedJob(client))).toMatchObject({ type: 'Complete' });
    expect(await restartCount()).toBe(0);
  });

  it('what fails meanwhile, perhaps for want of the platform, gets another try', async () => {
    await begun();
    await endPlatform('SIGKILL');
    go(1);
    await setTimeout(500);
    go(0);
    await startPlatform();
    expect(condition(await finishedJob(client))).toMatchObject({ type: 'Complete' });
    expect(await restartCount()).toBe(1);
  });
});

describe('when the platform is stopped', () => {
  it('no process stays, and the next one starts the container again', async () => {
    await begun();
    const { uid } = (await podsOf(client))[0]!.metadata!;
    await endPlatform('SIGTERM');
    const supervisor = join(dataDir, 'kubelet/node-1', uid!, 'process');
    expect(existsSync(supervisor)).toBe(true);
    expect(existsSync(`/proc/${Number.parseInt(readFileSync(supervisor, 'utf8'), 10)}`)).toBe(false);
    go(0);
    await startPlatform();
    expect(condition(await finishedJob(client))).toMatchObject({ type: 'Complete' });
    expect(await restartCount()).toBe(1);
  });
});
