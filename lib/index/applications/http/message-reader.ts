import type { Direction } from '../../analyser.ts';
import { copy, indexOf, latin1 } from '../bytes.ts';
import { MAX_LEAP } from '../frames.ts';
import { endOfHead } from './head.ts';

/** How a message goes on behind its head, instead of the length of its body (RFC 9112 section 6.3). */
export const CHUNKED = -1;
export const UNTIL_CLOSE = -2;
/** No more is to be read. */
export const STOP = -3;

export interface MessageListener {
  /** Whether a message can begin here: where to go on after a loss. */
  starts(direction: Direction, buf: Uint8Array, start: number, end: number): boolean;
  /** The head of a message; `cut` when bytes of it are missing. Says how long its body is, or one of the above. */
  head(direction: Direction, buf: Uint8Array, start: number, end: number, cut: boolean): number;
  /** Bytes of a body that does not announce its length. */
  body(direction: Direction, length: number): void;
  /** The last byte of a body that does not announce its length. */
  done(direction: Direction): void;
}

type State =
  | 'head'
  | 'length'
  | 'chunk size'
  | 'chunk'
  | 'chunk end'
  | 'trailer'
  | 'close'
  | 'lost'
  | 'stopped';

const MAX_HEAD = 65_536;
const MAX_PIECES = 256; // segments of a head; each has it searched again from its beginning
const MAX_LINE = 1024; // of a chunk's size with its extensions, or of a trailer field
const NOTHING = new Uint8Array(0);

/** Reads one direction of HTTP/1: heads as a whole, bodies by their length only. */
export class MessageReader {
  readonly #direction: Direction;
  readonly #listener: MessageListener;
  #state: State = 'head';
  #held: Uint8Array = NOTHING; // a head or line that goes on in the next segment
  #pieces = 0; // segments that the held bytes came in
  #left = 0; // of the body or chunk
  /** What came behind the head at which reading stopped. */
  rest: Uint8Array = NOTHING;

  constructor(direction: Direction, listener: MessageListener) {
    this.#direction = direction;
    this.#listener = listener;
  }

  /** Takes the next bytes, and `missing` bytes after them that are not there. */
  take(buf: Uint8Array, start: number, end: number, missing: number): void {
    if (this.#state === 'lost') {
      if (!this.#listener.starts(this.#direction, buf, start, end)) return;
      this.#state = 'head';
    }
    let bytes = buf;
    let pos = start;
    let stop = end;
    if (this.#held.length > 0) {
      bytes = Buffer.concat([this.#held, buf.subarray(start, end)]);
      pos = 0;
      stop = bytes.length;
      this.#held = NOTHING;
    }
    while (pos < stop) {
      const next = this.#step(bytes, pos, stop);
      if (next < 0) {
        this.#hold(bytes, pos, stop);
        break;
      }
      pos = next;
      this.#pieces = 0;
    }
    if (missing > 0) this.#miss(missing);
  }

  /** The stream is over: what there is of a head is given as one that is cut. */
  end(): void {
    const head = this.#held;
    this.#held = NOTHING;
    if (this.#state === 'head' && head.length > 0) this.#cutHead(head);
  }

  /** Where it is in the stream is not known, until a message begins with a segment. */
  get isLost(): boolean {
    return this.#state === 'lost';
  }

  /** How many of the next bytes are not needed; the caller leaves them out. */
  leap(): number {
    if (this.#state === 'stopped') return Number.POSITIVE_INFINITY;
    if (this.#state !== 'length' && this.#state !== 'chunk') return 0;
    const leap = Math.min(this.#left, MAX_LEAP);
    this.#pass(leap);
    return leap;
  }

  /** Offset up to which the bytes were used, or -1 when more are needed. */
  #step(buf: Uint8Array, pos: number, end: number): number {
    switch (this.#state) {
      case 'head':
        return this.#head(buf, pos, end);
      case 'length':
      case 'chunk': {
        const length = Math.min(this.#left, end - pos);
        this.#pass(length);
        return pos + length;
      }
      case 'close':
        this.#listener.body(this.#direction, end - pos);
        return end;
      case 'stopped':
        this.rest = copy(buf, pos, end);
        return end;
      case 'lost':
        return end;
      default:
        return this.#line(buf, pos, end);
    }
  }

  #head(buf: Uint8Array, start: number, end: number): number {
    let pos = start;
    while (pos < end && (buf[pos] === 0x0d || buf[pos] === 0x0a)) pos++; // empty lines before a request are allowed
    if (pos === end) return end;
    if (!this.#listener.starts(this.#direction, buf, pos, end) && end - pos >= 16) {
      this.#state = 'lost';
      return end;
    }
    const after = endOfHead(buf, pos, end);
    if (after < 0) return pos === start ? -1 : pos;
    this.#enter(this.#listener.head(this.#direction, buf, pos, after, false));
    return after;
  }

  #line(buf: Uint8Array, start: number, end: number): number {
    // A line that cannot be a size is not waited for to its end.
    if (this.#state === 'chunk size' && buf[start]! > 0x20 && !isHexDigit(buf[start]!)) {
      this.#state = 'lost';
      return end;
    }
    const at = indexOf(buf, 0x0a, start, end);
    if (at < 0) return -1;
    const isEmpty = at === start || (at === start + 1 && buf[start] === 0x0d);
    switch (this.#state) {
      case 'chunk size': {
        const size = Number.parseInt(latin1(buf, start, Math.min(at, start + 16)), 16);
        this.#state = Number.isNaN(size) ? 'lost' : size === 0 ? 'trailer' : 'chunk';
        this.#left = size;
        if (this.#state === 'chunk') this.#listener.body(this.#direction, size);
        break;
      }
      case 'chunk end':
        this.#state = isEmpty ? 'chunk size' : 'lost';
        break;
      default: // trailer
        if (!isEmpty) break;
        this.#state = 'head';
        this.#listener.done(this.#direction);
    }
    return at + 1;
  }

  #enter(body: number): void {
    if (body > 0) {
      this.#left = body;
      this.#state = 'length';
    } else if (body === CHUNKED) this.#state = 'chunk size';
    else if (body === UNTIL_CLOSE) this.#state = 'close';
    else this.#state = body === STOP ? 'stopped' : 'head';
  }

  #pass(length: number): void {
    this.#left -= length;
    if (this.#left === 0) this.#state = this.#state === 'length' ? 'head' : 'chunk end';
  }

  #hold(buf: Uint8Array, start: number, end: number): void {
    const isTooLong = end - start > (this.#state === 'head' ? MAX_HEAD : MAX_LINE);
    if (isTooLong || ++this.#pieces > MAX_PIECES) this.#state = 'lost';
    else this.#held = copy(buf, start, end);
  }

  #miss(missing: number): void {
    if (this.#state === 'close') {
      this.#listener.body(this.#direction, missing);
      return;
    }
    if ((this.#state === 'length' || this.#state === 'chunk') && missing <= this.#left) {
      this.#pass(missing);
      return;
    }
    const head = this.#held;
    this.#held = NOTHING;
    if (this.#state === 'head' && head.length > 0) this.#cutHead(head);
    else if (this.#state !== 'stopped') this.#state = 'lost';
  }

  /** Where the head ends is not known: the next message is looked for at the beginning of a segment. */
  #cutHead(head: Uint8Array): void {
    const body = this.#listener.head(this.#direction, head, 0, head.length, true);
    this.#state = body === STOP ? 'stopped' : 'lost';
  }
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
