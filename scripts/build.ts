/** Bundles the command line into dist/ (or the folder given), for whichever Node is on the user's PATH (20 or later). */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { requireHttp } from './require-http.ts';

const root = resolve(import.meta.dirname, '..');
const outdir = resolve(process.argv[2] ?? resolve(root, 'dist'), 'cli');

rmSync(outdir, { recursive: true, force: true }); // parts of a former build have other names
await build({
  absWorkingDir: root,
  entryPoints: {
    capturectl: 'cli/capturectl.ts',
    'reader-thread': 'lib/index/threads/reader-thread.ts',
    'inflater-thread': 'lib/index/threads/inflater-thread.ts',
  },
  outdir,
  bundle: true,
  splitting: true,
  platform: 'node',
  mainFields: ['module', 'main'], // ES modules, of which only what is used is bundled: the SDK has both
  target: 'node20',
  format: 'esm',
  minify: true,
  external: ['@duckdb/*'],
  plugins: [requireHttp],
  // What is left of CommonJS among the packages asks for Node's own modules with require.
  banner: {
    js: "import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);",
  },
  logLevel: 'warning',
});
