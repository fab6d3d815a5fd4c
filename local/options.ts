import { parseArgs } from 'node:util';

/** How the embedded platform is started. */
export interface Options {
  demo: boolean; // run one capture, show its answer, exit
  data: string; // folder that holds all state
  port: number; // the Kubernetes API; the cloud side listens on the next port
  seconds: number; // length of the first capture
  capture: boolean; // run the first capture at all
}

export const HELP = `The embedded platform: a Kubernetes API, the cloud side and the functions in one process on loopback.

Usage: npm start -- [options]        start, run one real capture, show its answer, keep running
       npm run demo -- [options]     the same, then exit: 0 only if every step held

Options:
  --data DIR       folder for all state (default .serverless-capture)
  --port N         port of the Kubernetes API; the cloud side takes N+1 (default 7070)
  --seconds N      length of the first capture (default 5)
  --no-capture     start without a first capture
  -h, --help       this text
`;

/** A mistake in how the program was called: one line, exit code 2. */
export class UsageError extends Error {}

/** Reads the command line; `undefined` asks for the help text. */
export function parseOptions(argv: string[]): Options | undefined {
  const { values } = parse(argv);
  if (values.help) return undefined;
  return {
    demo: values.demo ?? false,
    data: values.data ?? '.serverless-capture',
    port: integer('--port', values.port ?? '7070', 1, 65534),
    seconds: integer('--seconds', values.seconds ?? '5', 1, 3600),
    capture: !values['no-capture'],
  };
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        demo: { type: 'boolean' },
        data: { type: 'string' },
        port: { type: 'string' },
        seconds: { type: 'string' },
        'no-capture': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]} (see --help)`);
  }
}

function integer(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not "${text}"`);
  }
  return value;
}
