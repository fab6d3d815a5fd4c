import type { Conversation, Direction, FlowRef } from '../analyser.ts';

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
}

/** Shared by all directions that hold nothing; never written to. */
const NONE: Segment[] = [];

/** A TCP stream, or a row of datagrams: gives a conversation its bytes in order and each of them once. */
export class Stream {
  readonly flow: FlowRef;
  readonly #conversation: Conversation;
  readonly #orig = new Half();
  readonly #resp = new Half();

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
    const half = this.#half(direction);
    if (half.isDone) return true;
    const unneeded = this.#conversation.data(direction, time, bytes, start, end, missing);
    half.isDone = unneeded === Number.POSITIVE_INFINITY;
    return half.isDone;
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
      if (isFull) this.#skipToHeld(direction, time);
    }
    const ahead = (sequence - half.next) | 0;
    if (ahead <= 0) {
      this.#deliver(direction, time, -ahead, bytes, start, end, missing);
      if (half.held.length > 0) this.#release(direction, time);
      return half.isDone;
    }
    // A copy: the bytes of a packet do not outlive the visit.
    half.hold({ sequence, bytes: bytes.slice(start, end), missing });
    // The receiver has what this capture has not: it will not come again.
    const isLost = acknowledged !== undefined && ((acknowledged - half.held[0]!.sequence) | 0) >= 0;
    if (isLost) this.#skipToHeld(direction, time);
    return half.isDone;
  }

  end(time: number): void {
    for (const direction of [0, 1] as const) {
      const half = this.#half(direction);
      while (half.held.length > 0 && !half.isDone) this.#skipToHeld(direction, time);
    }
    this.#conversation.end(time);
  }

  #half(direction: Direction): Half {
    return direction === 0 ? this.#orig : this.#resp;
  }

  /** `skip` bytes of the segment were delivered before. */
  #deliver(
    direction: Direction,
    time: number,
    skip: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): void {
    const half = this.#half(direction);
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
    if (unneeded === Number.POSITIVE_INFINITY) {
      half.isDone = true;
      half.held = NONE;
      half.heldBytes = 0;
      return;
    }
    half.next = (half.next + length - skip + Math.min(unneeded, MAX_LEAP)) | 0;
  }

  #release(direction: Direction, time: number): void {
    const half = this.#half(direction);
    while (half.held.length > 0 && !half.isDone) {
      const segment = half.held[0]!;
      const ahead = (segment.sequence - half.next) | 0;
      if (ahead > 0) return;
      half.held.shift();
      half.heldBytes -= segment.bytes.length;
      this.#deliver(direction, time, -ahead, segment.bytes, 0, segment.bytes.length, segment.missing);
    }
  }

  #skipToHeld(direction: Direction, time: number): void {
    const half = this.#half(direction);
    const first = half.held[0];
    if (first === undefined) return;
    const length = (first.sequence - half.next) | 0;
    if (length > 0) {
      half.next = first.sequence;
      this.#conversation.gap(direction, time, length);
    }
    this.#release(direction, time);
  }
}
