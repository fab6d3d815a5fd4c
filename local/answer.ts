import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { StepFailed } from './first-capture.ts';
import type { Platform } from './platform.ts';
import type { Progress } from './progress.ts';

const CAPTURECTL = join(import.meta.dirname, '../cli/capturectl.ts');

/** What was on the wire, asked as a user would ask it: with capturectl, by the Capture's name. */
export async function showAnswer(platform: Platform, name: string, progress: Progress): Promise<void> {
  const questions = [
    { title: 'Flows', args: ['flows', name, '--limit', '12'] },
    { title: 'DNS failures', args: ['dns', name, '--failed', '--limit', '6'] },
    { title: 'Refused and reset connections', args: ['flows', name, '--failed', '--limit', '6'] },
    { title: 'Findings', args: ['findings', name] },
  ];
  for (const { title, args } of questions) {
    progress.note(`\n${title}  (capturectl ${args.join(' ')})`);
    await capturectl(platform, args);
  }
  progress.note('');
}

async function capturectl({ environment }: Platform, args: string[]): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CAPTURECTL, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise(resolve => child.once('error', resolve).once('exit', resolve));
  if (code !== 0) throw new StepFailed(`capturectl ${args.join(' ')} ended with ${code}`);
}
