import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Report } from '../../lib/storage/report.ts';

const MAIN = resolve(import.meta.dirname, '../../workload/main.ts');

/** A container's file system as the job runner gives it: a folder with the mounts in it. */
export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), 'workload-'));

  constructor() {
    this.write('/dev/termination-log', '');
    this.makeDirectory('/tmp');
  }

  path(path: string): string {
    return join(this.root, path);
  }

  makeDirectory(path: string): string {
    mkdirSync(this.path(path), { recursive: true });
    return this.path(path);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface Run {
  code: number | null;
  output: string;
  report: Report;
}

/**
 * Starts the capture program on the loopback interface; `env` adds to and replaces what every run has.
 *
 * @param within command that runs the program, with its arguments
 */
export function start(sandbox: Sandbox, env: Record<string, string>, within: string[] = []) {
  const [command, ...argv] = [...within, process.execPath, '--disable-warning=ExperimentalWarning', MAIN];
  const child = spawn(command!, argv, {
    env: {
      PATH: process.env.PATH,
      CONTAINER_SANDBOX_MOUNT_POINT: sandbox.root,
      TMPDIR: sandbox.path('/tmp'),
      CAPTURE_NAME: 'sample',
      NODE_HOST_NAME: 'node-1',
      CAPTURE_START_TIMESTAMP: '20261122110000UTC',
      CAPTURE_INTERFACES: 'lo',
      INCLUDE_METADATA: 'false',
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  const finished = once(child, 'close').then(([code]): Run => {
    const message = readFileSync(sandbox.path('/dev/termination-log'), 'utf8');
    return { code, output, report: Report.parse(JSON.parse(message)) };
  });
  return { child, finished, output: () => output };
}

export function run(sandbox: Sandbox, env: Record<string, string>, within?: string[]): Promise<Run> {
  return start(sandbox, env, within).finished;
}

/** HTTP traffic on loopback until stopped; `bytes` in each answer. */
export async function startTraffic(bytes = 100) {
  const body = randomBytes(bytes); // does not compress
  const server = createServer((_, response) => response.end(body));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  let going = true;
  const loop = (async () => {
    while (going) {
      await new Promise((resolve, reject) =>
        request({ port, agent: false }, response => response.resume().on('end', resolve))
          .on('error', reject)
          .end(),
      );
      await setTimeout(20);
    }
  })();
  return {
    port,
    async stop() {
      going = false;
      await loop;
      server.close();
    },
  };
}

/** Waits until `condition` holds; fails with `what` if it never does. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (condition()) return;
    await setTimeout(50);
  }
  throw new Error(`${what} did not happen`);
}
