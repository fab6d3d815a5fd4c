import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { shared } from '../shared.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'capturectl-bundle-'));
const program = join(folder, 'cli/capturectl.js');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts'), folder], { cwd: root });
}, 60_000);

const run = (...args: string[]) =>
  spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder },
  });

describe('the bundled capturectl', () => {
  it('is a program', () => {
    const { stdout, status } = spawnSync(program, ['--version'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('loads each of its commands', () => {
    const names = [...run('--help').stdout.matchAll(/^ {2}([a-z]+)/gm)].map(match => match[1]!);
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) expect(run(name, '--help')).toMatchObject({ status: 0, stderr: '' });
  });

  it('indexes a file', () => {
    const { stdout, stderr } = run('index', shared('data/captures/01_wikipedia.pcap'), '--json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ packets: 136 });
  });

  it('reads a large file on a thread of its own', () => {
    const large = join(folder, 'large.pcap');
    const records = 1000;
    writeSparse(large, records, readFileSync(shared('data/captures/01_wikipedia.pcap')));
    const { stdout, stderr } = run('index', large, '--json', '--out', join(folder, 'out'));
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ packets: records + 136, flows: 34 });
  });

  it('keeps the code of a command that was done, for the next time', () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const index = (file: string, env: Record<string, string> = {}) =>
      spawnSync(
        process.execPath,
        [program, 'index', file, '--json', '--out', mkdtempSync(join(folder, 'out-'))],
        {
          encoding: 'utf8',
          env: { HOME: home, ...env },
        },
      );
    const caches = join(home, '.cache/capturectl');
    const kept = () => (existsSync(caches) ? readdirSync(caches).sort() : []);
    const capture = shared('data/captures/01_wikipedia.pcap');
    const name = (what: string) => `${what}-${process.version}-${process.arch}`;

    expect(index(capture, { NODE_DISABLE_COMPILE_CACHE: '1' }).status).toBe(0);
    expect(index(join(folder, 'absent.pcap')).status).toBe(1);
    expect(kept()).toEqual([]);
    expect(index(capture).status).toBe(0);
    expect(kept()).toEqual([name('index')]);
    const inode = () => statSync(join(caches, name('index')), { bigint: true }).ino;
    const first = inode();
    expect(index(capture)).toMatchObject({ status: 0, stderr: '' });
    expect(inode()).toBe(first);

    const bare = join(folder, 'stored.pcap');
    writeSparse(bare, 80, readFileSync(capture));
    const archive = `${bare}.gz`; // stored, which makes it large enough for threads
    writeFileSync(archive, gzipSync(readFileSync(bare), { level: 0 }));
    expect(index(archive)).toMatchObject({ status: 0, stderr: '' });
    expect(kept()).toEqual(['index', 'inflater-thread', 'tables-thread'].map(name));
    writeFileSync(join(caches, name('index')), 'damaged');
    expect(index(capture)).toMatchObject({ status: 0, stderr: '' });
    expect(inode()).not.toBe(first);
  });

  it.each([
    [['list'], 'no kubeconfig at'],
    [['flows', 'some-capture', '--bucket', 'b'], 'no kubeconfig at'],
  ])('reaches for the cluster: %j', (args, sentence) => {
    const { status, stderr } = run(...args);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(sentence) });
  });
});

/** A capture of `count` records of 256 KiB of zeros, no packet among them, and then those of another one. */
function writeSparse(path: string, count: number, other: Buffer): void {
  const file = openSync(path, 'w');
  const length = 256 * 1024;
  const record = Buffer.alloc(16);
  record.writeUInt32LE(length, 8);
  record.writeUInt32LE(length, 12);
  writeSync(file, other, 0, 24, 0);
  for (let i = 0; i < count; i++) writeSync(file, record, 0, 16, 24 + i * (16 + length));
  writeSync(file, other, 24, other.length - 24, 24 + count * (16 + length));
  closeSync(file);
}
