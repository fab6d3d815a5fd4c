import { spawn } from 'node:child_process';

export interface Run {
  seconds: number; // wall
  peak: number; // MiB of resident memory
}

/** Runs a program to its end, its output thrown away. Throws when it is missing or fails. */
export async function run(argv: string[]): Promise<Run> {
  const started = performance.now();
  // GNU time tells the peak of the child alone, in KiB, as the last line of its standard error.
  const child = spawn('/usr/bin/time', ['-f', '%M', ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', chunk => {
    text = (text + chunk).slice(-4096);
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${argv.join(' ')} failed (${code}): ${text}`);
  return {
    seconds: (performance.now() - started) / 1000,
    peak: Number(text.trim().split('\n').at(-1)) / 1024,
  };
}

/** The middle of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Runs several programs by turns, so that what else the machine does falls on all of them; `before` each. */
export async function compare(
  programs: Record<string, string[]>,
  rounds: number,
  before: () => void,
): Promise<Record<string, Run>> {
  const runs = Object.fromEntries(Object.keys(programs).map(name => [name, [] as Run[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, argv] of Object.entries(programs)) {
      before();
      runs[name]!.push(await run(argv));
    }
  }
  return Object.fromEntries(
    Object.entries(runs).map(([name, all]) => [
      name,
      { seconds: median(all.map(one => one.seconds)), peak: Math.max(...all.map(one => one.peak)) },
    ]),
  );
}
