/** How one protocol cuts its stream into frames. */
export interface Framing {
  readonly header: number; // bytes that tell the length
  /** Length of the frame at `at`, its header included; less than the header when these bytes are no frame. */
  length(buf: Uint8Array, at: number): number;
  /** How many bytes of the frame are of interest, its header included; bounds what is held. */
  wanted(buf: Uint8Array, at: number, length: number): number;
}

/** A frame from `start`; `end` is before the bytes of interest end when the capture `cut` them. */
export type OnFrame = (buf: Uint8Array, start: number, end: number, length: number, cut: boolean) => void;

/** TCP sequence numbers wrap: no leap may look like one backwards. */
export const MAX_LEAP = 2 ** 30;

const NOTHING = new Uint8Array(0);

/** Reads one direction of a stream frame by frame, over segments, gaps and bytes that the snap length cut. */
export class Frames {
  readonly #framing: Framing;
  #held: Uint8Array = NOTHING;
  #length = 0; // of what is held
  #skip = 0; // bytes that still belong to a frame of which no more is wanted
  /** The next frame cannot be found: nothing is read until `restart`. */
  lost = false;
  /** What stood where a frame had to begin was none: this is another protocol. */
  broken = false;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** Takes the next bytes, and `missing` bytes after them that are not there. */
  take(buf: Uint8Array, start: number, end: number, missing: number, onFrame: OnFrame): void {
    if (this.lost) return;
    const passed = Math.min(this.#skip, end - start);
    this.#skip -= passed;
    if (this.#length === 0) this.#read(buf, start + passed, end, missing, onFrame);
    else {
      this.#hold(buf, start + passed, end);
      if (missing === 0 && !this.#holdsEnough()) return;
      const held = this.#held;
      const length = this.#length;
      this.#held = NOTHING;
      this.#length = 0;
      this.#read(held, 0, length, missing, onFrame);
    }
  }

  /** How many of the next bytes are not needed; the caller leaves them out. */
  leap(): number {
    if (this.lost) return Number.POSITIVE_INFINITY;
    const skip = Math.min(this.#skip, MAX_LEAP);
    this.#skip -= skip;
    return skip;
  }

  /** A frame is known to begin with the next byte. */
  restart(): void {
    this.lost = false;
    this.#skip = 0;
    this.#held = NOTHING;
    this.#length = 0;
  }

  #read(buf: Uint8Array, start: number, end: number, missing: number, onFrame: OnFrame): void {
    let pos = start;
    while (end - pos >= this.#framing.header) {
      const length = this.#framing.length(buf, pos);
      if (length < this.#framing.header) {
        this.lost = true;
        this.broken = true;
        return;
      }
      const wanted = Math.min(length, this.#framing.wanted(buf, pos, length));
      const cut = pos + wanted > end;
      if (cut && missing === 0) break;
      onFrame(buf, pos, Math.min(end, pos + wanted), length, cut);
      if (this.lost) return;
      pos += length;
      if (pos >= end) {
        this.#skip = pos - end;
        pos = end;
        break;
      }
    }
    if (missing === 0) {
      if (pos < end) this.#hold(buf, pos, end);
      return;
    }
    this.lost = pos < end || missing > this.#skip;
    this.#skip -= missing;
  }

  /** Whether the frame that is held can be given: so that a stream of tiny segments is not copied again for each. */
  #holdsEnough(): boolean {
    const { header } = this.#framing;
    if (this.#length < header) return false;
    const length = this.#framing.length(this.#held, 0);
    return length < header || this.#length >= Math.min(length, this.#framing.wanted(this.#held, 0, length));
  }

  #hold(buf: Uint8Array, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#length));
      this.#held = grown;
    }
    this.#held.set(buf.subarray(start, end), this.#length);
    this.#length = needed;
  }
}
