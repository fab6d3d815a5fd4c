import { type Conversation, type Direction, ENOUGH, type FlowRef, OVER } from '../analyser.ts';

/** What one direction may hold back while an earlier segment is missing. */
const HELD_BYTES = 131_072;
const HELD_SEGMENTS = 64;
/** More cannot be told from less by 32-bit sequence numbers. */
const MAX_LEAP = 2 ** 30;

interface Segment {
  sequence: number;
  bytes: Uint8Array;
  missing: number;
}

/** What is known of one direction. */
class Half {
  next = 0;
  isStarted = false;
  isDone = false;
  held: Segment[] = NONE;
  heldBytes = 0;

  hold(segment: Segment): void {
    if (this.held === NONE) this.held = [];
    const at = this.held.findIndex(other => ((other.sequence - segment.sequence) | 0) > 0);
    this.held.splice(at === -1 ? this.held.length : at, 0, segment);
    this.heldBytes += segment.bytes.length;
  }

  /** Nothing more is wanted. */
  stop(): void {
    this.isDone = true;
    this.held = NONE;
    this.heldBytes = 0;
  }
}

/** Shared by all directions that hold nothing; never written to. */
const NONE: Segment[] = [];

/** A TCP stream, or a row of datagrams: gives a conversation its bytes in order and each of them once. */
export class Stream {
  readonly flow: FlowRef;
  /** The conversation wants nothing more of either direction. */
  isOver = false;
  readonly #conversation: Conversation;
  #orig: Half | undefined; // of TCP only
  #resp: Half | undefined;

  constructor(flow: FlowRef, conversation: Conversation) {
    this.flow = flow;
    this.#conversation = conversation;
  }

  /** Where a direction begins, when that is known before its first payload. */
  start(direction: Direction, sequence: number): void {
    const half = this.#half(direction);
    half.next = sequence;
    half.isStarted = true;
  }

  /** A datagram as captured; true when the conversation wants nothing more of this direction. */
  datagram(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): boolean {
    const unneeded = this.#conversation.data(direction, time, bytes, start, end, missing);
    this.isOver = unneeded === OVER;
    return this.isOver || unneeded === ENOUGH;
  }

  /**
   * A segment as captured; `acknowledged` is what the other side has acknowledged, if it has. True when the
   * conversation wants nothing more of this direction.
   */
  segment(
    direction: Direction,
    time: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
    acknowledged: number | undefined,
  ): boolean {
    const half = this.#half(direction);
    if (half.isDone) return true;
    if (!half.isStarted) this.start(direction, sequence);
    if (((sequence - half.next) | 0) > 0) {
      const isFull = half.heldBytes + end - start > HELD_BYTES || half.held.length >= HELD_SEGMENTS;
      if (isFull) this.#skipToHeld(half, direction, time);
    }
    const ahead = (sequence - half.next) | 0;
    if (ahead <= 0) {
      this.#deliver(half, direction, time, -ahead, bytes, start, end, missing);
      if (half.held.length > 0) this.#release(half, direction, time);
      return half.isDone;
    }
    // A copy: the bytes of a packet do not outlive the visit.
    half.hold({ sequence, bytes: bytes.slice(start, end), missing });
    // The receiver has what this capture has not: it will not come again.
    const isLost = acknowledged !== undefined && ((acknowledged - half.held[0]!.sequence) | 0) >= 0;
    if (isLost) this.#skipToHeld(half, direction, time);
    return half.isDone;
  }

  end(time: number): void {
    if (this.#orig) this.#finish(this.#orig, 0, time);
    if (this.#resp) this.#finish(this.#resp, 1, time);
    this.#conversation.end(time);
  }

  #finish(half: Half, direction: Direction, time: number): void {
    while (half.held.length > 0 && !half.isDone) this.#skipToHeld(half, direction, time);
  }

  #half(direction: Direction): Half {
    if (direction === 0) {
      this.#orig ??= new Half();
      return this.#orig;
    }
    this.#resp ??= new Half();
    return this.#resp;
  }

  /** `skip` bytes of the segment were delivered before. */
  #deliver(
    half: Half,
    direction: Direction,
    time: number,
    skip: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): void {
    const length = end - start + missing;
    if (skip >= length || half.isDone) return;
    const from = start + skip;
    if (from >= end) {
      // All that is new was cut off.
      half.next = (half.next + length - skip) | 0;
      this.#conversation.gap(direction, time, length - skip);
      return;
    }
    const unneeded = this.#conversation.data(direction, time, bytes, from, end, missing);
    if (unneeded === ENOUGH) {
      half.stop();
      return;
    }
    if (unneeded === OVER) {
      this.isOver = true;
      this.#half(0).stop();
      this.#half(1).stop();
      return;
    }
    half.next = (half.next + length - skip + Math.min(unneeded, MAX_LEAP)) | 0;
  }

  #release(half: Half, direction: Direction, time: number): void {
    while (half.held.length > 0 && !half.isDone) {
      const segment = half.held[0]!;
      const ahead = (segment.sequence - half.next) | 0;
      if (ahead > 0) return;
      half.held.shift();
      half.heldBytes -= segment.bytes.length;
      this.#deliver(half, direction, time, -ahead, segment.bytes, 0, segment.bytes.length, segment.missing);
    }
  }

  #skipToHeld(half: Half, direction: Direction, time: number): void {
    const first = half.held[0];
    if (first === undefined) return;
    const length = (first.sequence - half.next) | 0;
    if (length > 0) {
      half.next = first.sequence;
      this.#conversation.gap(direction, time, length);
    }
    this.#release(half, direction, time);
  }
}
