#!/usr/bin/env node
import { UsageError } from './errors.ts';

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
  return `Usage: capturectl COMMAND …\n\n${lines.join('\n')}\n\ncapturectl COMMAND --help tells more.\n`;
}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help());
    return name === undefined ? 2 : 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) {
    const what = name.startsWith('-') ? 'option' : 'command';
    throw new UsageError(`unknown ${what} '${name}'; capturectl --help lists the commands`);
  }
  const command = await entry[1]();
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

// A reader that has seen enough (head, less) is no failure.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`capturectl: ${message}\n`);
  if (process.env.CAPTURECTL_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
