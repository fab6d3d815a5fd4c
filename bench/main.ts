/**
 * npm run bench [-- NAME…]: how long indexing takes, Parquet and all, and cutting a flow out of it (cut), against tools of
 * the field, as ratios within one run. Captures are made by ../shared/bench/gen.py (needs gcc) in .cache/bench, or taken from BENCH_CAPTURES.
 * BENCH_ROUNDS (5) and BENCH_TSHARK=1 (minutes) as the time allows.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { benchCut } from './cut.ts';
import { compare } from './measure.ts';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = process.env.BENCH_CAPTURES ?? join(ROOT, '.cache/bench');
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const OUT = join(ROOT, '.cache/bench-index');
const CAPTURECTL = [process.execPath, join(ROOT, 'dist/cli/capturectl.js')];

const names = process.argv.length > 2 ? process.argv.slice(2) : ['web1g', 'small1g', 'sll2_snap96', 'cut'];
execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT, stdio: 'inherit' });
for (const name of names) {
  if (name === 'cut') {
    provide('web1g');
    await benchCut(join(FOLDER, 'web1g.pcap'), CAPTURECTL, join(ROOT, '.cache/bench-cut'), ROUNDS);
    continue;
  }
  provide(name);
  await report(`${name}.pcap`, bare(join(FOLDER, `${name}.pcap`)));
  await report(`${name}.tar.gz`, compressed(join(FOLDER, `${name}.tar.gz`)));
}

function provide(name: string): void {
  if (existsSync(join(FOLDER, `${name}.tar.gz`))) return;
  mkdirSync(FOLDER, { recursive: true });
  const generator = resolve(ROOT, '../shared/bench/gen.py');
  execFileSync('python3', [generator, FOLDER, name], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function bare(path: string): Record<string, string[]> {
  return {
    capturectl: index(path),
    'capturectl, nothing kept': [...CAPTURECTL, 'index', path, '--json'],
    'capinfos -c': ['capinfos', '-c', path],
    'tcpdump -w /dev/null': ['tcpdump', '-Z', 'root', '-r', path, '-w', '/dev/null'],
    ...(process.env.BENCH_TSHARK && {
      'tshark -q -z conv,tcp': ['tshark', '-r', path, '-q', '-z', 'conv,tcp'],
    }),
  };
}

function compressed(path: string): Record<string, string[]> {
  return { capturectl: index(path), 'gzip -dc': ['gzip', '-dc', path] };
}

function index(path: string): string[] {
  return [...CAPTURECTL, 'index', path, '--json', '--out', OUT];
}

async function report(title: string, programs: Record<string, string[]>): Promise<void> {
  const results = await compare(programs, ROUNDS, () => rmSync(OUT, { recursive: true, force: true }));
  const ours = results.capturectl!.seconds;
  console.log(`\n${title}, median of ${ROUNDS}`);
  for (const [name, { seconds, peak }] of Object.entries(results)) {
    const ratio = name === 'capturectl' ? '' : `capturectl takes ${(ours / seconds).toFixed(2)} × as long`;
    console.log(
      `  ${name.padEnd(26)} ${seconds.toFixed(2).padStart(7)} s  ${peak.toFixed(0).padStart(5)} MiB  ${ratio}`,
    );
  }
  rmSync(OUT, { recursive: true, force: true });
}
