import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

// As Node wraps modules of CommonJS.
const BEGIN = '(function (exports, require, module, __filename, __dirname) { ';
const END = '\n})';

interface Kept {
  source: Uint8Array;
  code: Buffer;
}

interface Compiled {
  source: Uint8Array;
  script: Script;
}

/**
 * What V8 compiled of the modules of a program, kept in a file from one run to the next: of each function that was called.
 * Node's own module.enableCompileCache() keeps what a module begins with, and has V8 compile its functions each time.
 * The file begins with a line of JSON, the CRC-32 of what follows it and `[name, bytes of source, bytes of code]` of each
 * module; then it has those bytes. V8 trusts the code that it is given, so it has to be of the user who runs it: with sudo,
 * the home may be another's.
 */
export class KeptCode {
  readonly #path: string | undefined;
  readonly #kept: Map<string, Kept>;
  readonly #compiled = new Map<string, Compiled>(); // by path
  /** Whether nothing had to be compiled. */
  isComplete = true;

  /** `path`: the file, which need not be there; without one nothing is kept. */
  constructor(path: string | undefined) {
    this.#path = path;
    this.#kept = path === undefined ? new Map() : read(path);
  }

  /** A function of `exports, require, module, __filename, __dirname`, as Node makes of a CommonJS module. */
  compile(path: string): unknown {
    const source = readFileSync(path);
    const kept = this.#kept.get(basename(path));
    const cachedData = kept && source.equals(kept.source) ? kept.code : undefined;
    const script = new Script(`${BEGIN}${source}${END}`, {
      filename: path,
      ...(cachedData && { cachedData }),
    });
    if (cachedData === undefined || script.cachedDataRejected) this.isComplete = false;
    this.#compiled.set(path, { source, script });
    return script.runInThisContext();
  }

  /** Writes the file, unless it has all modules already. That it cannot be written is no failure. */
  save(): void {
    if (this.#path === undefined || this.isComplete) return;
    const kept = new Map(this.#others());
    for (const [path, { source, script }] of this.#compiled)
      kept.set(basename(path), { source, code: script.createCachedData() });
    const modules = [...kept].map(([name, { source, code }]) => [name, source.length, code.length]);
    const body = Buffer.concat([...kept.values()].flatMap(({ source, code }) => [source, code]));
    const head = JSON.stringify([crc32(body), modules]);
    try {
      const folder = dirname(this.#path);
      makeFolder(folder);
      if (!isOurs(statSync(folder))) return;
      replace(this.#path, Buffer.concat([Buffer.from(`${head}\n`), body]));
    } catch {
      // next time V8 compiles again
    }
  }

  /** Modules of the same program that other runs had, and this one has not. */
  *#others(): Generator<[string, Kept]> {
    const folders = new Set([...this.#compiled.keys()].map(dirname));
    for (const [name, kept] of this.#kept) {
      const isThere = [...folders].some(folder => existsSync(join(folder, name)));
      if (isThere) yield [name, kept];
    }
  }
}

/** With the one around it. Node's own way to make several never ends where none can be made, as in /proc. */
function makeFolder(path: string): void {
  for (const folder of [dirname(path), path]) if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
}

/** Whole or not at all, also when another process does the same. */
function replace(path: string, content: Uint8Array): void {
  const unfinished = `${path}.${process.pid}`;
  try {
    writeFileSync(unfinished, content, { mode: 0o600 });
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Whether nobody else can write it. */
function isOurs({ uid, mode }: Stats): boolean {
  return process.geteuid === undefined || (uid === process.geteuid() && (mode & 0o022) === 0);
}

type Head = [checksum: number, modules: [name: string, source: number, code: number][]];

function read(path: string): Map<string, Kept> {
  const kept = new Map<string, Kept>();
  try {
    if (![path, dirname(path)].every(each => isOurs(statSync(each)))) return kept;
    const file = readFileSync(path);
    let at = file.indexOf('\n') + 1;
    const [checksum, modules]: Head = JSON.parse(file.toString('utf8', 0, at));
    if (crc32(file.subarray(at)) !== checksum) return kept;
    const take = (length: number) => {
      at += length;
      return file.subarray(at - length, at);
    };
    for (const [name, source, code] of modules) kept.set(name, { source: take(source), code: take(code) });
  } catch {
    kept.clear(); // absent, or damaged
  }
  return kept;
}
