import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readLog } from '../../../local/node/pod-logs.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'));
  file = join(folder, 'log');
});
afterEach(() => rmSync(folder, { recursive: true }));
const ended = async () => true;

describe('readLog', () => {
  it.each([
    [undefined, 'a\nb\nc\n'],
    [0, ''],
    [1, 'c\n'],
    [2, 'b\nc\n'],
    [9, 'a\nb\nc\n'],
  ])('gives the last %s lines', async (tailLines, expected) => {
    writeFileSync(file, 'a\nb\nc\n');
    expect(await text(readLog(file, tailLines === undefined ? {} : { tailLines }, ended))).toBe(expected);
  });

  it('finds the last lines of a large log, whole', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${'x'.repeat(i % 50)}\n`);
    writeFileSync(file, lines.join(''));
    expect(await text(readLog(file, { tailLines: 5_000 }, ended))).toBe(lines.slice(-5_000).join(''));
  });

  it('takes a last line without an end for a line', async () => {
    writeFileSync(file, 'a\nb');
    expect(await text(readLog(file, { tailLines: 1 }, ended))).toBe('b');
  });

  it('follows until the container has ended', async () => {
    writeFileSync(file, 'a\n');
    let asked = 0;
    const over = async () => {
      if (++asked === 2) appendFileSync(file, 'b\n');
      return asked === 3;
    };
    expect(await text(readLog(file, { follow: true }, over))).toBe('a\nb\n');
  });

  it('is empty before the container was started', async () => {
    expect(await text(readLog(join(folder, 'none'), {}, ended))).toBe('');
  });
});
