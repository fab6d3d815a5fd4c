import { keepCode } from '../lib/programs/loader.ts';
import { UsageError } from './errors.ts';
import { nearest } from './nearest.ts';

interface Command {
  usage: string;
  /** Returns the exit code. */
  run(args: string[]): Promise<number>;
}

// Each command is loaded when it is called, so that the program starts at once.
const COMMANDS: Record<string, [summary: string, load: () => Promise<Command>]> = {
  index: ['index capture files', () => import('./commands/index.ts')],
  flows: ['show the flows of a capture', async () => (await import('./commands/rows.ts')).commands.flows],
  dns: ['show the DNS transactions', async () => (await import('./commands/rows.ts')).commands.dns],
  tls: ['show the TLS and QUIC handshakes', async () => (await import('./commands/rows.ts')).commands.tls],
  http: ['show the HTTP requests', async () => (await import('./commands/rows.ts')).commands.http],
  findings: ['show what is wrong', async () => (await import('./commands/rows.ts')).commands.findings],
  cut: ['copy packets of a flow, or of a filter, into a pcapng', () => import('./commands/cut.ts')],
  sql: ['ask the tables of an index in SQL', () => import('./commands/sql.ts')],
  create: ['start a Capture in a cluster', () => import('./commands/create.ts')],
  list: ['list the Captures of a cluster', () => import('./commands/list.ts')],
  status: ['tell how far a Capture is', () => import('./commands/status.ts')],
  download: ['copy the files of a Capture from the bucket', () => import('./commands/download.ts')],
  delete: ['delete a Capture', () => import('./commands/delete.ts')],
};

function help(): string {
  const names = Object.keys(COMMANDS);
  const width = Math.max(...names.map(name => name.length));
  const lines = names.map(name => `  ${name.padEnd(width)}  ${COMMANDS[name]![0]}`);
  return `Usage: capturectl COMMAND …\n\n${lines.join('\n')}\n\ncapturectl COMMAND --help, or capturectl help COMMAND, tells more.\n`;
}

async function version(): Promise<string> {
  const { default: about } = await import('../package.json', { with: { type: 'json' } });
  return about.version;
}

async function load(name: string): Promise<Command> {
  const { keepSchemasPlain } = await import('../lib/schemas.ts');
  keepSchemasPlain();
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry) return await entry[1]();
  const meant = nearest(name, Object.keys(COMMANDS));
  const what = name.startsWith('-') ? 'option' : 'command';
  const hint = meant ? ` (did you mean '${meant}'?)` : '';
  throw new UsageError(`unknown ${what} '${name}'${hint}; capturectl --help lists the commands`);
}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${await version()}\n`);
    return 0;
  }
  const asked = name === '--help' || name === '-h' || name === 'help';
  if (name === undefined || (asked && args.length === 0)) {
    process.stdout.write(help());
    return name === undefined ? 2 : 0;
  }
  if (asked) {
    process.stdout.write((await load(args[0]!)).usage);
    return 0;
  }
  // Most of what is loaded takes as long as the thread does that will read the file.
  const file = name === 'index' && args.find(arg => !arg.startsWith('-'));
  if (file) (await import('../lib/index/threads/standing-by.ts')).standByFor(file);
  const command = await load(name);
  const end = args.indexOf('--');
  if ((end < 0 ? args : args.slice(0, end)).some(arg => arg === '--help' || arg === '-h')) {
    process.stdout.write(command.usage);
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) error.message += `; see capturectl ${name} --help`;
    throw error;
  }
}

/** Ends once all is written: to wait for Node to tidy up memory that goes anyway takes longer. */
function exit(code: number): void {
  if (code === 0) keepCode();
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

// A reader that has seen enough (head, less) is no failure.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
});

// The AWS SDK is part of this program: what it says of its own later versions is not for the user.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
main(process.argv.slice(2)).then(exit, error => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`capturectl: ${message}\n`);
  if (process.env.CAPTURECTL_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  exit(error instanceof UsageError ? 2 : 1);
});
