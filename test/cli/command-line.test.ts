import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { nearest } from '../../cli/nearest.ts';
import { shared } from '../shared.ts';
import { capturectl, jsonLines } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'command-line-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pcap = readFileSync(shared('data/captures/01_wikipedia.pcap'));
const about = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8'));

describe('the command line', () => {
  it.each(['--version', '-V'])('tells its version: %s', async option => {
    expect(await capturectl([option])).toEqual({ code: 0, out: `${about.version}\n`, err: '' });
  });

  it('tells how it is used, as a whole and of each command', async () => {
    const [whole, asked, command, same] = await Promise.all(
      [['--help'], ['help'], ['help', 'cut'], ['cut', '--help']].map(args => capturectl(args)),
    );
    expect(whole).toEqual(asked);
    expect(whole).toMatchObject({ code: 0, err: '' });
    expect(command).toEqual(same);
    expect(command!.out).toMatch(/^Usage: capturectl cut /);
    expect(await capturectl([])).toEqual({ ...whole, code: 2 });
  });

  it.each([
    [['folws', 'x'], "unknown command 'folws' (did you mean 'flows'?); capturectl --help lists the commands"],
    [['help', 'ct'], "unknown command 'ct' (did you mean 'cut'?); capturectl --help lists the commands"],
    [['nonsense'], "unknown command 'nonsense'; capturectl --help lists the commands"],
    [['--json'], "unknown option '--json'; capturectl --help lists the commands"],
    [
      ['flows', '--limt', '3', 'x'],
      "unknown option '--limt' (did you mean '--limit'?); see capturectl flows --help",
    ],
    [['flows', '--colour', 'x'], "unknown option '--colour'; see capturectl flows --help"],
    [['cut', 'x', '--flow', '-w'], "option '--flow' argument is ambiguous; see capturectl cut --help"],
  ])('says in one line what is wrong, and what may be meant: %j', async (args, sentence) => {
    expect(await capturectl(args)).toEqual({ code: 2, out: '', err: `capturectl: ${sentence}\n` });
  });

  it('reads a capture from standard input', async () => {
    const whole = await capturectl(['index', '-', '--json'], {}, pcap);
    expect(jsonLines(whole.out)).toMatchObject([{ file: '-', packets: 136, flows: 34 }]);
    const named = await capturectl(['index', '/dev/stdin', '--json'], {}, pcap);
    expect(jsonLines(named.out)).toMatchObject([{ file: '/dev/stdin', packets: 136, flows: 34 }]);
    const kept = await capturectl(['index', '-', '--out', join(folder, 'index')], {}, pcap);
    expect(kept).toMatchObject({ code: 0, err: '' });
    expect(jsonLines((await capturectl(['dns', join(folder, 'index'), '--json'])).out)).toHaveLength(26);
    expect(jsonLines((await capturectl(['flows', '-', '--json'], {}, pcap)).out)).toHaveLength(34);
  }, 60_000);

  it('says when there is nothing on standard input, or what it cannot do with it', async () => {
    const empty = await capturectl(['flows', '-']);
    expect(empty).toMatchObject({ code: 1, out: '', err: expect.stringContaining('is empty') });
    const cut = await capturectl(['cut', '-', '--flow', '0', '-w', join(folder, 'x')], {}, pcap);
    expect(cut).toEqual({
      code: 1,
      out: '',
      err: 'capturectl: - is a pipe, which cannot be read twice; save it as a file first\n',
    });
  });
});

it.each([
  ['flwo', 'flow'],
  ['list', 'list'],
  ['writ', 'write'],
  ['kubecofnig', 'kubeconfig'],
  ['x', undefined],
  ['limited', 'limit'],
  ['something', undefined],
])('finds what %s is nearest to', (typed, name) => {
  expect(nearest(typed, ['flow', 'where', 'write', 'limit', 'list', 'kubeconfig'])).toBe(name);
});
