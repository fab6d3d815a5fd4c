import { resolve } from 'node:path';
import { type OutputOptions, rolldown } from 'rolldown';

const ROOT = resolve(import.meta.dirname, '..');

/**
 * Bundles programs of this project, named by what becomes of their modules, for this Node and later. They become CommonJS,
 * which starts sooner: an ES module that imports one of Node's own has each of its exports looked up, some of which
 * load more (undici, the terminal), and Node finds, reads and checks each file in twice the time.
 */
export async function bundle(
  programs: Record<string, string>,
  node: 'node20' | 'node24',
  output: OutputOptions,
): Promise<void> {
  await using build = await rolldown({
    cwd: ROOT,
    input: programs,
    platform: 'node',
    external: /^@duckdb\//,
    resolve: { mainFields: ['module', 'main'] }, // ES modules, of which only what is used is bundled: the SDK has both
    transform: { target: node },
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(message);
    },
  });
  await build.write({ ...output, format: 'cjs', minify: true, dynamicImportInCjs: false });
}
