import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface Result {
  code: number | null;
  out: string;
  err: string;
}

/** Runs capturectl as a user does, with `input` on a pipe to it. */
export function capturectl(
  args: string[],
  env: Record<string, string> = {},
  input: Uint8Array = new Uint8Array(0),
): Promise<Result> {
  return new Promise((done, fail) => {
    const program = resolve(import.meta.dirname, '../../cli/capturectl.ts');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
      env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1', ...env },
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      err += text;
    });
    child.stdin.on('error', () => {}); // it need not read all of it
    child.stdin.end(input);
    child.on('error', fail).on('close', code => done({ code, out, err }));
  });
}

export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}
