import { types } from 'node:util';
import type { Gunzip, InflateRaw, ZlibReset } from 'node:zlib';

type Stream = Gunzip | InflateRaw;

/** What streams of node:zlib are made of. It is not documented; packages as pngjs and npm's own minizlib rely on it. */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  onerror: (message: string) => void;
}

/** Inflates at once, without a turn through other threads. */
export class ZlibHandle {
  /** Why it can go no further. */
  failure: string | undefined;
  readonly #stream: Stream & ZlibReset;
  readonly #handle: Handle;
  readonly #state: Uint32Array;

  private constructor(stream: Stream & ZlibReset, handle: Handle, state: Uint32Array) {
    this.#stream = stream;
    this.#handle = handle;
    this.#state = state;
    handle.onerror = message => {
      this.failure = message;
    };
  }

  /** Undefined where Node has come to make its streams in another way. */
  static open(stream: Stream): ZlibHandle | undefined {
    const { _handle: handle, _writeState: state } = stream as { _handle?: unknown; _writeState?: unknown };
    if (!isHandle(handle) || !types.isUint32Array(state) || state.length !== 2) return undefined;
    return new ZlibHandle(stream as Stream & ZlibReset, handle, state); // the types leave its reset() out
  }

  /** Inflates input from `at` on into the room behind `outputAt`. */
  write(flush: number, input: Uint8Array, at: number, output: Uint8Array, outputAt: number): void {
    const room = output.length - outputAt;
    this.#handle.writeSync(flush, input, at, input.length - at, output, outputAt, room);
  }

  /** Bytes of the room that the last write left. */
  get roomLeft(): number {
    return this.#state[0]!;
  }

  /** Bytes of the input that the last write left. */
  get inputLeft(): number {
    return this.#state[1]!;
  }

  /** Begins anew. */
  reset(): void {
    this.failure = undefined;
    this.#stream.reset();
  }

  close(): void {
    this.#stream.close();
  }
}

function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && 'writeSync' in value && 'onerror' in value;
}
