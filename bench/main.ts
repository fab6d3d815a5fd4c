/**
 * npm run bench [-- NAME…]: how long indexing takes, and cutting a flow out of a capture (cut), against tools of the field,
 * as ratios within one run. Captures are made by ../shared/bench/gen.py (needs gcc) in .cache/bench, or taken from
 * BENCH_CAPTURES. BENCH_ROUNDS (5) and BENCH_TSHARK=1 (minutes) as the time allows.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { benchCut } from './cut.ts';
import { benchIndex } from './index.ts';

const ROOT = resolve(import.meta.dirname, '..');
const FOLDER = process.env.BENCH_CAPTURES ?? join(ROOT, '.cache/bench');
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const CAPTURECTL = [process.execPath, join(ROOT, 'dist/cli/capturectl.js')];

const names = process.argv.length > 2 ? process.argv.slice(2) : ['web1g', 'small1g', 'sll2_snap96', 'cut'];
execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT, stdio: 'inherit' });
for (const name of names) {
  if (name === 'cut') {
    provide('web1g');
    await benchCut(join(FOLDER, 'web1g.pcap'), CAPTURECTL, join(ROOT, '.cache/bench-cut'), ROUNDS);
  } else {
    provide(name);
    const scratch = join(ROOT, '.cache/bench-index');
    await benchIndex(name, { capturectl: CAPTURECTL, captures: FOLDER, scratch, rounds: ROUNDS });
  }
}

function provide(name: string): void {
  if (existsSync(join(FOLDER, `${name}.tar.gz`))) return;
  mkdirSync(FOLDER, { recursive: true });
  const generator = resolve(ROOT, '../shared/bench/gen.py');
  execFileSync('python3', [generator, FOLDER, name], { stdio: ['ignore', 'ignore', 'inherit'] });
}
