/**
 * Bundles the capture program for its image: `node scripts/bundle-workload.ts FOLDER` makes
 * FOLDER/captureworkload.mjs, which runs by itself where Node 24 is on the PATH.
 */
import { chmod, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: node scripts/bundle-workload.ts FOLDER');

const program = join(folder, 'captureworkload.mjs');
await build({
  entryPoints: [join(import.meta.dirname, '../workload/main.ts')],
  outfile: program,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  banner: {
    // CommonJS inside of an ES module asks for `require`.
    js: "#!/usr/bin/env node\nimport{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await chmod(program, 0o755);
// The contract's command has no extension that would tell Node "module"; a link to one that has it does.
await rm(join(folder, 'captureworkload'), { force: true });
await symlink('captureworkload.mjs', join(folder, 'captureworkload'));
