import * as at from './assembly/layout.ts';
import { CODE } from './code.ts';

/** What assembly/index.ts exports. */
interface Exports {
  /** Forgets all of an earlier capture. */
  clear(): void;
  /** See EndNumbers. */
  useEnds(side: number, hasKeys: boolean, isKnown: boolean, numbersItself: boolean): void;
  /** Counts the rows of a slice in; returns how many of them are listed. */
  count(rows: number, wanted: number): number;
}

/** The number of an end of the batch; `side`: of clients or of servers. */
type NumberOf = (side: number, place: number, isFull: number) => number;

const PAGE = 65_536;
const PAGES = Math.ceil(at.MEMORY_BYTES / PAGE);

let module: WebAssembly.Module | undefined;
let idle: TrafficProgram | undefined;

/** Counts connections in WebAssembly, those of one capture at a time: what it knows of them lies in its memory. */
export class TrafficProgram {
  readonly exports: Exports;
  readonly #buffer: ArrayBuffer;
  #numberOf: NumberOf | undefined;

  private constructor() {
    module ??= new WebAssembly.Module(Buffer.from(CODE, 'base64'));
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
    const host = { numberOf: (...of: Parameters<NumberOf>) => this.#numberOf!(...of) };
    const imports = { env: { memory }, host };
    this.exports = new WebAssembly.Instance(module, imports).exports as Exports;
    this.#buffer = memory.buffer;
  }

  /** A program for one capture, the one that is idle if there is one; it asks for numbers of ends. */
  static begin(numberOf: NumberOf): TrafficProgram {
    const program = idle ?? new TrafficProgram();
    if (program === idle) program.exports.clear();
    idle = undefined;
    program.#numberOf = numberOf;
    return program;
  }

  /** The capture ends; the program serves the next one. */
  end(): void {
    this.#numberOf = undefined;
    idle = this;
  }

  integersAt(address: number, length: number): Int32Array {
    return new Int32Array(this.#buffer, address, length);
  }

  doublesAt(address: number, length: number): Float64Array {
    return new Float64Array(this.#buffer, address, length);
  }
}
