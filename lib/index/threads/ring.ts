/** Bytes of a piece: what zlib is given room for at a time. */
export const PIECE_BYTES = 262_144;
/** Pieces that may wait: 4 MB, enough to bridge what the reading side does between two of them. */
const PIECES = 16;

// Positions in the shared control words.
const WRITTEN = 0; // pieces so far
const TAKEN = 1;
const ENDED = 2; // 1 once nothing more will be written
const LENGTHS = 3;
const CONTROL_BYTES = 4 * (LENGTHS + PIECES);

/**
 * Pieces of bytes on their way from one thread to another, in memory of both and in order. Both sides block while they
 * wait, so neither may be the thread on which others wait for events.
 */
export class Ring {
  readonly #control: Int32Array;
  readonly #bytes: Uint8Array;

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(CONTROL_BYTES + PIECES * PIECE_BYTES);
  }

  constructor(memory: SharedArrayBuffer) {
    this.#control = new Int32Array(memory, 0, LENGTHS + PIECES);
    this.#bytes = new Uint8Array(memory, CONTROL_BYTES);
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      this.#writePiece(bytes.subarray(at, at + PIECE_BYTES));
    }
  }

  #writePiece(piece: Uint8Array): void {
    const control = this.#control;
    const written = Atomics.load(control, WRITTEN);
    for (;;) {
      const taken = Atomics.load(control, TAKEN);
      if (((written - taken) | 0) < PIECES) break;
      Atomics.wait(control, TAKEN, taken);
    }
    const slot = (written >>> 0) % PIECES;
    this.#bytes.set(piece, slot * PIECE_BYTES);
    control[LENGTHS + slot] = piece.length;
    Atomics.store(control, WRITTEN, (written + 1) | 0);
    Atomics.notify(control, WRITTEN);
  }

  /** Nothing more will be written. */
  end(): void {
    Atomics.store(this.#control, ENDED, 1);
    Atomics.notify(this.#control, WRITTEN);
  }

  /** Copies the next piece into `target`, of {@link PIECE_BYTES} at least; its length, or -1 after the last one. */
  read(target: Uint8Array): number {
    const control = this.#control;
    const taken = Atomics.load(control, TAKEN);
    while (Atomics.load(control, WRITTEN) === taken) {
      // The end may have come between the two looks: it wakes, but changes no count.
      if (Atomics.load(control, ENDED) === 1 && Atomics.load(control, WRITTEN) === taken) return -1;
      Atomics.wait(control, WRITTEN, taken, WAIT_MILLISECONDS);
    }
    const slot = (taken >>> 0) % PIECES;
    const length = control[LENGTHS + slot]!;
    target.set(this.#bytes.subarray(slot * PIECE_BYTES, slot * PIECE_BYTES + length));
    Atomics.store(control, TAKEN, (taken + 1) | 0);
    Atomics.notify(control, TAKEN);
    return length;
  }
}

/** After which the end is looked for once more. */
const WAIT_MILLISECONDS = 20;
