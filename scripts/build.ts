/** Bundles the command line into dist/ (or the folder given), for whichever Node is on the user's PATH (20 or later). */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle } from './bundle.ts';

const root = resolve(import.meta.dirname, '..');
const dir = resolve(process.argv[2] ?? resolve(root, 'dist'), 'cli');

rmSync(dir, { recursive: true, force: true }); // parts of a former build have other names
const programs = {
  capturectl: 'cli/start.ts',
  program: 'cli/capturectl.ts',
  thread: 'lib/programs/thread.ts',
  'tables-thread': 'lib/index/threads/tables-thread.ts',
  'inflater-thread': 'lib/index/threads/inflater-thread.ts',
};
await bundle(programs, 'node20', { dir });
writeFileSync(join(dir, 'package.json'), '{ "type": "commonjs" }\n');
chmodSync(join(dir, 'capturectl.js'), 0o755); // npm does so only while it installs
