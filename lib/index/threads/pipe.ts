import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** Bytes of a piece: what zlib is given room for at a time. */
export const PIECE_BYTES = 1 << 20;
/** Pieces that may wait: enough to bridge what the reading side does between two of them. */
export const PIECES = 4;

// Control words of both sides.
const WRITTEN = 0; // messages so far
const TAKEN = 1; // of these, pieces
const ENDED = 2; // 1 once nothing more will be written
const CONTROL_BYTES = 12;

/** What both sides of a pipe are made of. */
export interface PipeEnd {
  control: SharedArrayBuffer;
  port: MessagePort;
}

type Message<News> = { piece: ArrayBuffer; length: number } | { news: News };

export function pipeControl(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES);
}

/**
 * The writing side of a row of pieces that one thread makes and another reads. Pieces change hands, and come back empty:
 * copying into memory of both threads is ten times as slow, as V8 does it byte by byte. Both sides block while they
 * wait: nothing else happens on their threads meanwhile.
 */
export class PipeWriter<News> {
  readonly #port: MessagePort;
  readonly #control: Int32Array;
  #pieces = 0;
  #lent: ArrayBuffer | undefined;

  constructor({ port, control }: PipeEnd) {
    this.#port = port;
    this.#control = new Int32Array(control);
  }

  /** An empty piece to be filled from its beginning: when {@link PipeWriter.write} gets that next, nothing is copied. */
  lend(): Uint8Array<ArrayBuffer> {
    this.#lent ??= this.#emptyPiece();
    return new Uint8Array(this.#lent);
  }

  write(bytes: Uint8Array): void {
    if (bytes.buffer === this.#lent) {
      const piece = this.#lent;
      this.#lent = undefined;
      this.#writePiece(piece, bytes.length);
      return;
    }
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const part = bytes.subarray(at, at + PIECE_BYTES);
      const piece = this.#emptyPiece();
      new Uint8Array(piece).set(part);
      this.#writePiece(piece, part.length);
    }
  }

  /** Tells something before the bytes that are written next. */
  tell(news: News): void {
    this.#send({ news });
  }

  /** Nothing more will be written. */
  end(): void {
    Atomics.store(this.#control, ENDED, 1);
    Atomics.notify(this.#control, WRITTEN);
  }

  #emptyPiece(): ArrayBuffer {
    return receiveMessageOnPort(this.#port)?.message ?? new ArrayBuffer(PIECE_BYTES);
  }

  #writePiece(piece: ArrayBuffer, length: number): void {
    for (;;) {
      const taken = Atomics.load(this.#control, TAKEN);
      if (this.#pieces - taken < PIECES) break;
      Atomics.wait(this.#control, TAKEN, taken);
    }
    this.#pieces++;
    this.#send({ piece, length }, [piece]);
  }

  #send(message: Message<News>, moved: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, moved);
    Atomics.add(this.#control, WRITTEN, 1);
    Atomics.notify(this.#control, WRITTEN);
  }
}

/** After which the end is looked for once more. */
const WAIT_MILLISECONDS = 20;

export type Read<News> = { piece: Uint8Array } | { news: News };

export class PipeReader<News> {
  readonly #port: MessagePort;
  readonly #control: Int32Array;
  #held: ArrayBuffer | undefined;

  constructor({ port, control }: PipeEnd) {
    this.#port = port;
    this.#control = new Int32Array(control);
  }

  /** The next piece, valid until the next call, or news; undefined after the last of them. */
  read(): Read<News> | undefined {
    if (this.#held !== undefined) this.#port.postMessage(this.#held, [this.#held]);
    this.#held = undefined;
    for (;;) {
      const written = Atomics.load(this.#control, WRITTEN);
      const isEnded = Atomics.load(this.#control, ENDED) === 1;
      const read = this.#receive();
      if (read !== undefined || isEnded) return read;
      Atomics.wait(this.#control, WRITTEN, written, WAIT_MILLISECONDS);
    }
  }

  #receive(): Read<News> | undefined {
    const message: Message<News> | undefined = receiveMessageOnPort(this.#port)?.message;
    if (message === undefined || 'news' in message) return message;
    this.#held = message.piece;
    Atomics.add(this.#control, TAKEN, 1);
    Atomics.notify(this.#control, TAKEN);
    return { piece: new Uint8Array(message.piece, 0, message.length) };
  }
}
