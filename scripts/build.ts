/** Bundles the command line into dist/, for whichever Node is on the user's PATH (20 or later). */
import { existsSync } from 'node:fs';
import { build } from 'esbuild';

if (existsSync('cli/capturectl.ts')) {
  await build({
    entryPoints: ['cli/capturectl.ts'],
    outdir: 'dist/cli',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    external: ['@duckdb/*'],
    logLevel: 'warning',
  });
}
