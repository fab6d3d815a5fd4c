import * as at from './layout.ts';

const PAGE = 65_536;
const MOST_PAGES = 65_536;
/** Where V8 can reserve no more of the address space, there is room for 150,000 flows. */
const FIRST_PAGES = Math.ceil((at.ROWS_AT + 64 * 1024 * 1024) / PAGE);

/**
 * Memory as layout.ts tells. It is shared, if only so that views of it last when it grows; what is never used takes none of
 * the machine.
 */
export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** All of it but the rows of flows. */
  readonly bytes: Uint8Array;
  #pages: number;

  /** One that another thread made, or a new one. */
  constructor(memory = allocate()) {
    this.memory = memory;
    this.bytes = new Uint8Array(memory.buffer, 0, at.ROWS_AT);
    this.#pages = memory.buffer.byteLength / PAGE;
  }

  /** All of it as it is now. */
  get buffer(): ArrayBufferLike {
    return this.memory.buffer;
  }

  integersAt(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  doublesAt(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  longsAt(address: number, length: number): BigInt64Array {
    return new BigInt64Array(this.memory.buffer, address, length);
  }

  /** Makes room up to an address; false when there is no more. */
  reach(address: number): boolean {
    const pages = Math.ceil(address / PAGE);
    if (pages <= this.#pages) return true;
    try {
      this.memory.grow(pages - this.#pages);
    } catch {
      return false; // V8 says RangeError
    }
    this.#pages = pages;
    return true;
  }
}

function allocate(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared: true });
  } catch (cause) {
    const message = 'there is not enough address space to index captures: 4 GB are needed (ulimit -v)';
    throw new Error(message, { cause });
  }
}
