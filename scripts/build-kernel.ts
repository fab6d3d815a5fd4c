/**
 * Compiles what is written in AssemblyScript to WebAssembly, each program into a file of TypeScript that holds it as
 * base64: so it is part of every bundle, and found wherever the sources are run as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { main } from 'assemblyscript/asc';

const OPTIONS = [
  ...['-O3', '--converge', '--noAssert', '--uncheckedBehavior', 'always'],
  ...['--runtime', 'stub'], // AssemblyScript's name for none: nothing is allocated
  ...['--importMemory', '--initialMemory', '1'],
];
/** Constants lie behind what every packet needs of the layout (layout.ts). */
const SHARED = ['--sharedMemory', '--enable', 'threads', '--maximumMemory', '65536', '--memoryBase'];

await compile('lib/index/kernel', [...SHARED, '4096']);
await compile('lib/index/columns', [...SHARED, '32768']); // in the same memory
await compile('lib/index/findings/queries', []);
await compile('lib/index/findings/traffic', []);
await compile('lib/index/identity/names', []);
await compile('lib/index/store/parquet', []);
await compile('lib/index/store/parquet/gather', []);

/** Makes code.ts of a folder out of its assembly/index.ts. */
async function compile(path: string, options: string[]): Promise<void> {
  const folder = resolve(import.meta.dirname, '..', path);
  let code: Uint8Array | string | undefined;
  const { error, stderr } = await main(
    ['assembly/index.ts', '--outFile', 'program.wasm', ...OPTIONS, ...options],
    {
      // Files that are TypeScript as well name others with their extension, to which the compiler adds one.
      readFile: (name, base) => read(resolve(folder, base, name.replace(/\.ts\.ts$/, '.ts'))),
      writeFile: (_name, contents) => {
        code = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !(code instanceof Uint8Array)) throw new Error(`${path}: ${stderr}`, { cause: error });
  const text = Buffer.from(code).toString('base64');
  writeFileSync(
    resolve(folder, 'code.ts'),
    `/** Made by scripts/build-kernel.ts. */\nexport const CODE =\n  '${text}';\n`,
  );
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
