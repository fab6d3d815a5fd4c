import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, sentence } from './errors.ts';

const TIMEOUT_MS = 20_000;
const OUTPUT_BYTES = 32 * 1024 * 1024;

interface Command {
  argv: readonly string[];
  description: string;
}

interface Result {
  output: string;
  error?: string;
}

/**
 * Leaves the state of the node's network beside the packets. A command that is missing or fails is noted in
 * its file; nothing here ends a capture.
 *
 * @returns a warning for each thing that could not be had
 */
export async function collectMetadata(directory: string): Promise<string[]> {
  const results = await Promise.allSettled([
    report(join(directory, 'ip-resources.txt'), [
      { argv: ['ip', '-d', '-j', 'addr', 'show'], description: 'interfaces and their addresses' },
      { argv: ['ip', '-d', '-j', 'neighbor', 'show'], description: 'neighbours' },
      { argv: ['ip', 'rule', 'list'], description: 'routing rules' },
      { argv: ['ip', 'route', 'show', 'table', 'all'], description: 'routes' },
    ]),
    iptablesCommands().then(commands => report(join(directory, 'iptables-rules.txt'), commands)),
    report(join(directory, 'socket-stats.txt'), [
      { argv: ['ss', '-s'], description: 'summary of sockets' },
      { argv: ['ss', '-tapionume'], description: 'TCP sockets' },
    ]),
    copy('/proc/self/net', join(directory, 'proc-net')),
    copy('/proc/sys/net', join(directory, 'proc-sys-net')),
  ]);
  return results.flatMap(result =>
    result.status === 'fulfilled' ? result.value : `metadata: ${sentence(result.reason)}`,
  );
}

/** Both flavours of iptables may be there; the one that holds more is the one in use. */
async function iptablesCommands(): Promise<Command[]> {
  const [legacy, nft] = await Promise.all([run(['iptables-legacy-save']), run(['iptables-nft-save'])]);
  const lines = ({ output, error }: Result) => (error ? -1 : output.split('\n').length);
  const mode = lines(legacy) > lines(nft) ? 'legacy' : 'nft';
  const list = [`iptables-${mode}`, '-vnx', '-L'];
  return [
    { argv: [`iptables-${mode}-save`], description: 'all IPv4 rules' },
    { argv: list, description: 'filter table with counters' },
    { argv: [...list, '-t', 'nat'], description: 'nat table with counters' },
    { argv: [...list, '-t', 'mangle'], description: 'mangle table with counters' },
  ];
}

async function report(file: string, commands: readonly Command[]): Promise<string[]> {
  const results = await Promise.all(commands.map(({ argv }) => run(argv)));
  const summary = commands.map(({ argv, description }) => `${argv.join(' ')}(${description})`);
  const executed = commands.map(({ argv }, i) => {
    const { output, error } = results[i]!;
    return `${argv.join(' ')}\n${output}${error ? `${error}\n` : ''}`;
  });
  await writeFile(file, `Summary:\n${summary.join('\n')}\n\nExecute:\n${executed.join('\n')}`);
  return results.flatMap(({ error }) => error ?? []);
}

/** /proc lists what it cannot always read: what could be copied stays, and that something is missing is no news. */
async function copy(from: string, to: string): Promise<string[]> {
  await mkdir(to, { recursive: true });
  // Directories of /proc are read-only, and without CAP_DAC_OVERRIDE a copy like that cannot be removed again.
  await run(['cp', '-r', '--no-preserve=mode', `${from}/.`, to]);
  return [];
}

function run(argv: readonly string[]): Promise<Result> {
  const [command, ...rest] = argv as [string, ...string[]];
  return new Promise(resolve => {
    execFile(
      command,
      rest,
      { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: OUTPUT_BYTES },
      (error, stdout, stderr) => {
        if (!error) resolve({ output: stdout + stderr });
        else if (errorCode(error) === 'ENOENT') resolve({ output: '', error: `${command} is not installed` });
        else resolve({ output: stdout + stderr, error: `${argv.join(' ')} failed: ${why(error)}` });
      },
    );
  });
}

function why(error: Error & { code?: unknown; killed?: unknown }): string {
  if (error.killed) return `it took longer than ${TIMEOUT_MS / 1000} s`;
  return typeof error.code === 'number' ? `exit code ${error.code}` : error.message;
}
