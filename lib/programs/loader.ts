/** Runs programs as `scripts/build.ts` bundles them, faster than Node would: with the code that V8 compiled on an earlier run. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { KeptCode } from './kept-code.ts';

type Wrapper = (
  exports: unknown,
  require: (id: string) => unknown,
  module: { exports: unknown },
  filename: string,
  folder: string,
) => void;

class Loader {
  readonly #code: KeptCode;
  readonly #require: NodeJS.Require;
  readonly #modules = new Map<string, { exports: unknown }>();

  constructor(program: string, code: KeptCode) {
    this.#code = code;
    this.#require = createRequire(program);
  }

  load(path: string): unknown {
    // This module may be one of them: Node has loaded it.
    const known = this.#modules.get(path) ?? this.#require.cache[path];
    if (known) return known.exports;
    const module = { exports: {} };
    this.#modules.set(path, module);
    const folder = dirname(path);
    const require = (id: string) => (id.startsWith('.') ? this.load(join(folder, id)) : this.#require(id));
    (this.#code.compile(path) as Wrapper)(module.exports, require, module, path, folder);
    return module.exports;
  }
}

let running: { code: KeptCode; keptIn: string | undefined } | undefined;

/** Runs a program of this thread. `keptIn`: the folder of what is kept; `name`: what the file in it is called. */
export function runProgram(program: string, keptIn: string | undefined, name: string): void {
  const code = new KeptCode(keptIn && join(keptIn, `${name}-${process.version}-${process.arch}`));
  running = { code, keptIn };
  new Loader(program, code).load(program);
}

/** Where the program that runs keeps code; undefined when it keeps none. */
export function keptIn(): string | undefined {
  return running?.keptIn;
}

/** Keeps the code of the program that runs. Call it once the program has done what it does. */
export function keepCode(): void {
  running?.code.save();
}
