/**
 * Packages the service, or deploys it: `node scripts/package.ts [package|deploy] [options of osls]`.
 * Each function becomes one bundled module in .build/, which is the service folder that osls sees; the zips
 * and the CloudFormation template land in .build/.serverless/.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { load } from 'js-yaml';
import { z } from '../lib/schemas.ts';
import { bundle } from './bundle.ts';

const Service = z.object({ functions: z.record(z.string(), z.object({ handler: z.string() })) });

const service = Service.parse(load(await readFile('serverless.yml', 'utf8')));
const modules = Object.values(service.functions).map(({ handler }) => handler.replace(/\.[^.]+$/, ''));

await rm('.build', { recursive: true, force: true });
await mkdir('.build/deploy', { recursive: true });
await cp('serverless.yml', '.build/serverless.yml');
await cp('deploy/cloudformation', '.build/deploy/cloudformation', { recursive: true });
for (const module of modules) {
  await bundle({ [module]: `${module}.ts` }, 'node24', {
    dir: '.build',
    entryFileNames: '[name].cjs',
    codeSplitting: false,
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
}

const [command = 'package', ...options] = process.argv.slice(2);
const osls = spawnSync(
  process.execPath,
  [resolve('node_modules/osls/bin/serverless.js'), command, ...options],
  {
    cwd: '.build',
    stdio: 'inherit',
  },
);
process.exitCode = osls.status ?? 1;
