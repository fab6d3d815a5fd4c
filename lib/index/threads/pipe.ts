import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** Bytes of a piece: 1 MiB, and a little more than what fits, or zlib would take another turn only to find the end. */
export const PIECE_BYTES = (1 << 20) + 64;
/**
 * Pieces of one pipe: what waits for its turn is read meanwhile. With four, threads that inflate wait for each other now and
 * then; more are of no use.
 */
const MOST_PIECES = 6;

/** Memory for so many pipes, of pieces that are as many for each. */
export function memoriesOf(memory: Uint8Array, pipes: number): Uint8Array[] {
  const pieces = Math.min(MOST_PIECES, Math.floor(memory.length / PIECE_BYTES / pipes));
  const bytes = pieces * PIECE_BYTES;
  return Array.from({ length: pipes }, (_, pipe) => memory.subarray(pipe * bytes, (pipe + 1) * bytes));
}

// Control words of both sides.
const WRITTEN = 0; // messages so far
const TAKEN = 1; // of these, pieces that were read and are free again
const ENDED = 2; // 1 once nothing more will be written
const CONTROL_BYTES = 12;

/** What both sides of a pipe are made of. */
export interface PipeEnd {
  control: SharedArrayBuffer;
  port: MessagePort;
}

/** A piece is where its number says, counted round the memory. */
type Message<News> = { length: number } | { news: News };

export function pipeControl(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES);
}

/**
 * The writing side of a row of pieces that one thread fills and another reads where they are. Both sides block while they
 * wait: nothing else happens on their threads meanwhile.
 */
export class PipeWriter<News> {
  readonly #port: MessagePort;
  readonly #control: Int32Array;
  readonly #memory: Uint8Array;
  #pieces = 0;
  #lent: Uint8Array | undefined;

  /** `memory`: whole pieces, which the reading side gave. */
  constructor({ port, control }: PipeEnd, memory: Uint8Array) {
    this.#port = port;
    this.#control = new Int32Array(control);
    this.#memory = memory;
  }

  /** A free piece to be filled from its beginning: when {@link PipeWriter.write} gets that next, nothing is copied. */
  lend(): Uint8Array {
    this.#lent ??= this.#freePiece();
    return this.#lent;
  }

  write(bytes: Uint8Array): void {
    if (bytes.buffer === this.#memory.buffer && bytes.byteOffset === this.#lent?.byteOffset) {
      this.#send(bytes.length);
      return;
    }
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const part = bytes.subarray(at, at + PIECE_BYTES);
      this.lend().set(part);
      this.#send(part.length);
    }
  }

  /** Tells something before the bytes that are written next. */
  tell(news: News): void {
    this.#post({ news });
  }

  /** Nothing more will be written. */
  end(): void {
    Atomics.store(this.#control, ENDED, 1);
    Atomics.notify(this.#control, WRITTEN);
  }

  #freePiece(): Uint8Array {
    for (;;) {
      const taken = Atomics.load(this.#control, TAKEN);
      if ((this.#pieces - taken) * PIECE_BYTES < this.#memory.length)
        return pieceOf(this.#memory, this.#pieces);
      Atomics.wait(this.#control, TAKEN, taken);
    }
  }

  #send(length: number): void {
    this.#lent = undefined;
    this.#pieces++;
    this.#post({ length });
  }

  #post(message: Message<News>): void {
    this.#port.postMessage(message);
    Atomics.add(this.#control, WRITTEN, 1);
    Atomics.notify(this.#control, WRITTEN);
  }
}

function pieceOf(memory: Uint8Array, number: number): Uint8Array {
  const start = (number * PIECE_BYTES) % memory.length;
  return memory.subarray(start, start + PIECE_BYTES);
}

/** After which the end is looked for once more. */
const WAIT_MILLISECONDS = 20;

export type Read<News> = { piece: Uint8Array } | { news: News };

export class PipeReader<News> {
  readonly #port: MessagePort;
  readonly #control: Int32Array;
  readonly #memory: Uint8Array;
  #pieces = 0;
  #holdsPiece = false;

  constructor({ port, control }: PipeEnd, memory: Uint8Array) {
    this.#port = port;
    this.#control = new Int32Array(control);
    this.#memory = memory;
  }

  /** The next piece, valid until the next call, or news; undefined after the last of them. */
  read(): Read<News> | undefined {
    this.#giveBack();
    for (;;) {
      const written = Atomics.load(this.#control, WRITTEN);
      const isEnded = Atomics.load(this.#control, ENDED) === 1;
      const read = this.#receive();
      if (read !== undefined || isEnded) return read;
      Atomics.wait(this.#control, WRITTEN, written, WAIT_MILLISECONDS);
    }
  }

  #giveBack(): void {
    if (!this.#holdsPiece) return;
    this.#holdsPiece = false;
    Atomics.add(this.#control, TAKEN, 1);
    Atomics.notify(this.#control, TAKEN);
  }

  #receive(): Read<News> | undefined {
    const message: Message<News> | undefined = receiveMessageOnPort(this.#port)?.message;
    if (message === undefined || 'news' in message) return message;
    this.#holdsPiece = true;
    return { piece: pieceOf(this.#memory, this.#pieces++).subarray(0, message.length) };
  }
}
