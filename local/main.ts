import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { showAnswer } from './answer.ts';
import { checkPackets } from './check-packets.ts';
import { DataFolderInUse, takeDataFolder } from './data-folder.ts';
import { applyFirstCapture, followFirstCapture, StepFailed } from './first-capture.ts';
import { HELP, type Options, parseOptions, UsageError } from './options.ts';
import { type Platform, startPlatform } from './platform.ts';
import { ensurePrerequisites, MissingPrerequisite } from './prerequisites.ts';
import { createProgress, type Progress } from './progress.ts';
import { WorldInUse } from './world/machine-lock.ts';
import { NetworkError } from './world/network.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** Resolves at the first of SIGINT, SIGTERM or SIGHUP. */
const stopSignal = new Promise<void>(stop => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop());
});

async function main(argv: string[]): Promise<number> {
  const options = parseOptions(argv);
  if (!options) {
    process.stdout.write(HELP);
    return 0;
  }
  const progress = createProgress(process.stdout);
  ensurePrerequisites(progress.note);
  const folder = takeDataFolder(options.data);
  try {
    const platform = await startPlatform(
      { root: ROOT, data: folder.path, port: options.port },
      progress.step,
    );
    try {
      return await run(platform, options, progress);
    } finally {
      await platform.close();
    }
  } finally {
    folder.release();
  }
}

/** The first capture and its answer; then, unless it is the demo, waiting for Ctrl-C. */
async function run(platform: Platform, options: Options, progress: Progress): Promise<number> {
  progress.step('ready', `KUBECONFIG=${platform.kubeconfig}`);
  const answered = options.capture
    ? await Promise.race([firstCapture(platform, options, progress), stopSignal.then(() => undefined)])
    : true;
  if (options.demo) return answered ? 0 : 1;
  if (answered !== undefined) {
    progress.note(shellLines(platform));
    await stopSignal;
  }
  progress.step('stopping', 'ending every process, namespace and mount');
  return 0;
}

/** False when a step did not hold. */
async function firstCapture(platform: Platform, options: Options, progress: Progress): Promise<boolean> {
  const name = `first-${new Date().toISOString().replace(/\D/g, '').slice(2, 14)}`;
  try {
    const following = followFirstCapture(platform, name, options.seconds, progress.step);
    progress.step(
      'apply',
      `Capture ${name}: every pod of namespaces labelled app=target-app, ${options.seconds} s`,
    );
    await Promise.all([applyFirstCapture(platform, name, options.seconds), following]);
    await checkPackets(platform, await following, progress.step);
    await showAnswer(platform, name, progress);
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    progress.step('FAILED', error.message);
    return false;
  }
}

function shellLines({ environment, kubeconfig }: Platform): string {
  const exports = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    '',
    'The platform keeps running; Ctrl-C ends it. In another shell:',
    '',
    `  export KUBECONFIG=${kubeconfig}`,
    '  kubectl get captures -w',
    '',
    'and for capturectl and the aws command too:',
    '',
    `  export ${exports.join(' ')}`,
    '',
  ].join('\n');
}

/** Mistakes and circumstances that a user can mend get one line; anything else is a fault of ours. */
function explain(error: unknown): { line: string; code: number } {
  const known = [MissingPrerequisite, DataFolderInUse, WorldInUse, NetworkError];
  if (error instanceof UsageError) return { line: error.message, code: 2 };
  if (known.some(type => error instanceof type)) return { line: (error as Error).message, code: 1 };
  const { code, port, path, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return { line: `port ${port} is in use; choose another with --port`, code: 1 };
  if (code === 'ENOSPC') return { line: `no space left on the disk${path ? ` for ${path}` : ''}`, code: 1 };
  if (code === 'EACCES') return { line: `no permission${path ? ` for ${path}` : ''}: ${message}`, code: 1 };
  return { line: error instanceof Error ? (error.stack ?? message) : String(error), code: 1 };
}

if (!existsSync(join(ROOT, 'serverless.yml'))) throw new Error(`no serverless.yml in ${ROOT}`);
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { line, code } = explain(error);
  process.stderr.write(`serverless-capture: ${line}\n`);
  process.exitCode = code;
}
