/**
 * Compiles the kernel (lib/index/kernel/assembly, AssemblyScript) into lib/index/kernel/code.ts, which holds it as
 * base64: so it is part of every bundle, and found wherever the sources are run as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { main } from 'assemblyscript/asc';

const folder = resolve(import.meta.dirname, '../lib/index/kernel');
const files = new Map<string, Uint8Array | string>();

const { error, stderr } = await main(
  [
    'assembly/index.ts',
    ...['--outFile', 'kernel.wasm'],
    ...['-O3', '--converge', '--noAssert', '--uncheckedBehavior', 'always'],
    ...['--runtime', 'stub', '--importMemory', '--sharedMemory', '--enable', 'threads'],
    ...['--initialMemory', '1', '--maximumMemory', '65536'],
  ],
  {
    readFile: (name, base) => read(resolve(folder, base, name)),
    writeFile: (name, contents) => {
      files.set(name, contents);
    },
    listFiles: () => [],
  },
);
const code = files.get('kernel.wasm');
if (error || code === undefined || typeof code === 'string')
  throw new Error(`the kernel: ${stderr}`, { cause: error });

writeFileSync(
  resolve(folder, 'code.ts'),
  `/** Made by scripts/build-kernel.ts. */\nexport const CODE =\n  '${Buffer.from(code).toString('base64')}';\n`,
);

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
