import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const SUPERVISOR = join(import.meta.dirname, 'supervise.sh');
const POLL_MS = 100;
const KILLED = 137; // 128 + SIGKILL

/**
 * A container's command as a process group of its own, which outlives this process: its supervisor keeps in
 * `directory` who it is (`process`) and how it ended (`exit`), its output is in `log`.
 */
export interface ContainerProcess {
  readonly exited: Promise<void>;
  readonly exitCode: number | undefined; // undefined while it runs
  terminate(): void; // SIGTERM to the command
  kill(): void; // SIGKILL to all of it
}

export interface Command {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  netns?: string; // network namespace, by name
  log: string;
}

export function startProcess(directory: string, { argv, env, netns, log }: Command): ContainerProcess {
  for (const record of ['exit', 'process']) rmSync(join(directory, record), { force: true });
  const output = openSync(log, 'a');
  const inNamespace = netns ? ['ip', 'netns', 'exec', netns] : [];
  const child = spawn('/bin/sh', [SUPERVISOR, directory, ...inNamespace, ...argv], {
    cwd: '/',
    env,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  const exited = new Promise<void>(resolve => child.on('error', () => resolve()).on('exit', () => resolve()));
  return new ProcessGroup(directory, child.pid ?? 0, exited);
}

/**
 * The process that an earlier platform started in `directory`, if it still runs or has ended well since. One
 * that failed meanwhile may have failed for want of this platform (its S3): it is as good as not started.
 */
export function adoptProcess(directory: string): ContainerProcess | undefined {
  const recorded = readStat(join(directory, 'process'));
  if (!recorded) return undefined;
  const runs = () => readStat(`/proc/${recorded.pid}/stat`)?.started === recorded.started;
  if (!runs())
    return recordedExit(directory) === 0 ? new ProcessGroup(directory, 0, Promise.resolve()) : undefined;
  const exited = (async () => {
    while (runs()) await setTimeout(POLL_MS, undefined, { ref: false });
  })();
  return new ProcessGroup(directory, recorded.pid, exited);
}

class ProcessGroup implements ContainerProcess {
  readonly exited: Promise<void>;
  readonly #pid: number;
  exitCode: number | undefined;

  constructor(directory: string, pid: number, exited: Promise<void>) {
    this.#pid = pid;
    this.exited = exited.then(() => {
      this.exitCode = recordedExit(directory) ?? KILLED;
    });
  }

  terminate(): void {
    this.#signal(this.#pid, 'SIGTERM');
  }

  kill(): void {
    this.#signal(-this.#pid, 'SIGKILL');
  }

  #signal(target: number, name: NodeJS.Signals): void {
    if (this.exitCode !== undefined || target === 0) return; // 0 would be this process's own group
    try {
      process.kill(target, name);
    } catch {
      // it has ended meanwhile
    }
  }
}

/** The exit code of a command that has ended by itself. */
function recordedExit(directory: string): number | undefined {
  const file = join(directory, 'exit');
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
}

/** Process id and start time, in ticks since boot: together they name one process. proc(5), stat. */
function readStat(path: string): { pid: number; started: string } | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // the name before it may hold anything
    if (fields[0] === 'Z') return undefined;
    return { pid: Number.parseInt(text, 10), started: fields[19]! };
  } catch {
    return undefined;
  }
}
