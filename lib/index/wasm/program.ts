import { AT, USED } from '../assembly/layout.ts';

const PAGE = 65_536;
const FIRST_PAGES = 4;
/** A program whose memory has grown larger is not used again. */
const MOST_BYTES_KEPT = 16 * 1024 * 1024;

/** What every program exports. */
export interface Exports {
  /** Forgets all that it knew; `seed`: any number, for its hash tables. */
  reset(seed: number): void;
  /** Room for so many bytes that are handed in. */
  prepare(bytes: number): number;
}

type Kind<P> = new (module: WebAssembly.Module, mostPages: number) => P;

/** A program of WebAssembly that is kept compiled, and run with one memory for each user at a time. */
export class Programs<P extends Program<Exports>> {
  readonly #code: string;
  readonly #kind: Kind<P>;
  readonly #mostBytes: number;
  #module: WebAssembly.Module | undefined;
  #idle: P | undefined;

  /**
   * `code`: in base64. `mostBytes`: more memory than it ever needs, a multiple of 64 KiB; where address space is scarce, all of
   * that is gone.
   */
  constructor(code: string, kind: Kind<P>, mostBytes: number) {
    this.#code = code;
    this.#kind = kind;
    this.#mostBytes = mostBytes;
  }

  /** A program that knows nothing. One that is never ended goes when its user does. */
  begin(): P {
    this.#module ??= new WebAssembly.Module(Buffer.from(this.#code, 'base64'));
    const program = this.#idle ?? new this.#kind(this.#module, this.#mostBytes / PAGE);
    this.#idle = undefined;
    program.exports.reset(Math.floor(Math.random() * 2 ** 31));
    return program;
  }

  /** Its user, who uses it no more, lets another one have it. */
  end(program: P): void {
    if (program.bytes.length <= MOST_BYTES_KEPT) this.#idle = program;
  }
}

/** A program that runs, and its memory. */
export class Program<E extends Exports> {
  readonly exports: E;
  readonly #memory: WebAssembly.Memory;
  #bytes: Uint8Array<ArrayBuffer>;

  constructor(module: WebAssembly.Module, mostPages: number) {
    this.#memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: mostPages });
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.exports = new WebAssembly.Instance(module, { env: { memory: this.#memory } })
      .exports as unknown as E;
  }

  /** All of its memory, until something is added: then it may be another array. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  /** Copies arrays for the program to read; returns the address of a list of their addresses. */
  put(arrays: readonly (Uint8Array | Int32Array | Float64Array | BigInt64Array)[]): number {
    const header = roundUp(4 * arrays.length);
    const at = this.exports.prepare(arrays.reduce((size, array) => size + roundUp(array.byteLength), header));
    const { bytes } = this;
    const addresses = this.integersAt(at, arrays.length);
    let next = at + header;
    for (const [i, array] of arrays.entries()) {
      addresses[i] = next;
      bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), next);
      next += roundUp(array.byteLength);
    }
    return at;
  }

  integersAt(address: number, length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.bytes.buffer, address, length);
  }

  doublesAt(address: number, length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.bytes.buffer, address, length);
  }

  /** What a vector holds (see assembly/layout.ts): a field of something that lies at `owner`. */
  vector(owner: number, field = 0): Uint8Array<ArrayBuffer> {
    const vector = this.integersAt(owner + 4 * field, 2);
    return this.bytes.subarray(vector[AT]!, vector[AT]! + vector[USED]!);
  }

  integers(owner: number, field = 0): Int32Array<ArrayBuffer> {
    const { byteOffset, length } = this.vector(owner, field);
    return this.integersAt(byteOffset, length / 4);
  }

  doubles(owner: number, field = 0): Float64Array<ArrayBuffer> {
    const { byteOffset, length } = this.vector(owner, field);
    return this.doublesAt(byteOffset, length / 8);
  }
}

/** To what a number of any kind may lie at. */
function roundUp(bytes: number): number {
  return (bytes + 7) & ~7;
}
