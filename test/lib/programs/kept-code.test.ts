import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { KeptCode } from '../../../lib/programs/kept-code.ts';

const folder = mkdtempSync(join(tmpdir(), 'kept-code-'));
afterAll(() => rmSync(folder, { recursive: true }));

let programs = 0;
/** A folder of modules, and where code of them is kept. */
function program(modules: Record<string, string>) {
  const at = mkdtempSync(join(folder, 'program-'));
  const write = (name: string, source: string) => writeFileSync(join(at, name), source);
  for (const [name, source] of Object.entries(modules)) write(name, source);
  const path = join(folder, `kept-${programs++}`, 'program');
  /** Runs modules one after the other, and keeps their code: what each exports. */
  const run = (...names: string[]) => {
    const code = new KeptCode(path);
    const exported = names.map(name => {
      const module = { exports: {} };
      const wrapper = code.compile(join(at, name)) as (exports: object, ...rest: unknown[]) => void;
      wrapper(module.exports, undefined, module, name, at);
      return module.exports;
    });
    code.save();
    return exported;
  };
  const names = () =>
    JSON.parse(readFileSync(path, 'utf8').split('\n', 1)[0]!)[1].map(([name]: [string]) => name);
  return { path, write, run, names, at };
}

/** Changes when the file is written anew. */
const versionOf = (path: string) => statSync(path, { bigint: true }).ino;

it('keeps what was compiled, for its user alone, and leaves it as it is while it serves', () => {
  const { path, run, names } = program({ 'a.js': 'exports.a = (() => 1)()', 'b.js': 'exports.b = 2' });
  expect(run('a.js', 'b.js')).toEqual([{ a: 1 }, { b: 2 }]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const version = versionOf(path);
  expect(run('a.js', 'b.js')).toEqual([{ a: 1 }, { b: 2 }]);
  expect(run('b.js')).toEqual([{ b: 2 }]);
  expect([versionOf(path), names()]).toEqual([version, ['a.js', 'b.js']]);
  expect(readdirSync(dirname(path))).toEqual(['program']); // nothing unfinished
});

it('keeps functions that were called', () => {
  const body = Array.from({ length: 500 }, (_, i) => `sum += input * ${i} % 7;`).join(' ');
  const module = `exports.run = function (input) { let sum = 0; ${body} return sum; };`;
  const size = (isCalled: boolean) => {
    const { path, run } = program({ 'a.js': isCalled ? `${module} exports.run(3);` : module });
    run('a.js');
    return statSync(path).size;
  };
  expect(size(true)).toBeGreaterThan(size(false) + 5000);
});

it('adds modules of later runs, and drops what the program has no more', () => {
  const { run, names, at } = program({ 'a.js': '', 'b.js': '', 'c.js': '' });
  run('a.js');
  run('b.js');
  expect(names().sort()).toEqual(['a.js', 'b.js']);
  rmSync(join(at, 'a.js'));
  run('c.js');
  expect(names().sort()).toEqual(['b.js', 'c.js']);
});

it('runs what a module is, not what it was, also when that is as long', () => {
  const { path, run, write } = program({ 'a.js': 'exports.a = (() => 1)()' });
  run('a.js');
  const version = versionOf(path);
  write('a.js', 'exports.a = (() => 2)()');
  expect(run('a.js')).toEqual([{ a: 2 }]);
  expect(versionOf(path)).not.toBe(version);
  expect(run('a.js')).toEqual([{ a: 2 }]);
});

it.each([
  ['is empty', () => ''],
  ['breaks off', (file: string) => file.slice(0, -1)],
  ['is another', () => '[0, [["a.js", 1e9, 1e9]]]\n'],
  ['claims lengths below zero', () => '[0, [["a.js", -5, -5]]]\n'],
  ['is damaged', (file: string) => `${file.slice(0, -9)}otherwise`],
])('does without a file that %s, and writes it anew', (_, damage) => {
  const { path, run } = program({ 'a.js': 'exports.a = (() => 1)()' });
  run('a.js');
  writeFileSync(path, damage(readFileSync(path, 'latin1')), 'latin1');
  const version = versionOf(path);
  expect(run('a.js')).toEqual([{ a: 1 }]);
  expect(versionOf(path)).not.toBe(version);
});

describe.each([
  ['a file', (path: string) => path],
  ['a folder', (path: string) => dirname(path)],
])('%s', (what, placeOf) => {
  it.each([
    ['that others can write', (place: string) => chmodSync(place, 0o722)],
    ['of another user', (place: string) => chownSync(place, 12_345, 12_345)],
  ])('%s is not trusted', (_, change) => {
    const { path, run, at } = program({ 'a.js': 'exports.a = (() => 1)()' });
    const compile = () => {
      const code = new KeptCode(path);
      code.compile(join(at, 'a.js'));
      return code;
    };
    run('a.js');
    expect(compile().isComplete).toBe(true);
    change(placeOf(path));
    const code = compile();
    expect(code.isComplete).toBe(false);
    rmSync(path);
    code.save();
    expect(existsSync(path)).toBe(what === 'a file');
  });
});

it('does without a file that cannot be written', () => {
  const { path, run, at } = program({ 'a.js': 'exports.a = 1' });
  run('a.js');
  for (const place of [
    folder,
    join(path, 'no folder', 'a'),
    '/proc/none/a',
    '/absent/none/none/a',
    undefined,
  ]) {
    const code = new KeptCode(place);
    code.compile(join(at, 'a.js'));
    expect(() => code.save()).not.toThrow();
  }
  expect(readdirSync(tmpdir()).filter(name => name.startsWith(`${basename(folder)}.`))).toEqual([]);
});
