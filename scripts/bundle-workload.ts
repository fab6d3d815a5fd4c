/**
 * Bundles the capture program for its image: `node scripts/bundle-workload.ts FOLDER` makes
 * FOLDER/captureworkload, which runs by itself where Node 24 is on the PATH.
 */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: node scripts/bundle-workload.ts FOLDER');

const program = join(folder, 'captureworkload'); // the contract's command; Node takes what has no extension for CommonJS
await bundle({ captureworkload: 'workload/main.ts' }, 'node24', {
  file: program,
  codeSplitting: false,
  banner: '#!/usr/bin/env node',
});
await chmod(program, 0o755);
