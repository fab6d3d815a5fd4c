import type { Conversation, Direction, FlowRef } from '../analyser.ts';

/** What one direction may hold back while an earlier segment is missing. */
const HELD_BYTES = 131_072;
const HELD_SEGMENTS = 64;

interface Segment {
  sequence: number;
  bytes: Uint8Array;
  missing: number;
}

/** One direction of a TCP stream: gives a conversation its bytes in order and each of them once. */
export class Stream {
  readonly flow: FlowRef;
  readonly #conversation: Conversation;
  readonly #next = new Int32Array(2);
  readonly #started = [false, false];
  readonly #done = [false, false];
  readonly #held: [Segment[], Segment[]] = [[], []];
  readonly #heldBytes = [0, 0];

  constructor(flow: FlowRef, conversation: Conversation) {
    this.flow = flow;
    this.#conversation = conversation;
  }

  /** True once the conversation wants nothing more of either direction. */
  get isDone(): boolean {
    return this.#done[0]! && this.#done[1]!;
  }

  /** Where a direction begins, when that is known before its first payload. */
  start(direction: Direction, sequence: number): void {
    this.#next[direction] = sequence;
    this.#started[direction] = true;
  }

  datagram(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): void {
    if (this.#done[direction]) return;
    if (this.#conversation.data(direction, time, bytes, start, end, missing) === Number.POSITIVE_INFINITY) {
      this.#done[direction] = true;
    }
  }

  /** A segment as captured; `acknowledged` is what the other side has acknowledged, if it has. */
  segment(
    direction: Direction,
    time: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
    acknowledged: number | undefined,
  ): void {
    if (this.#done[direction]) return;
    if (!this.#started[direction]) this.start(direction, sequence);
    const ahead = (sequence - this.#next[direction]!) | 0;
    if (ahead <= 0) {
      this.#deliver(direction, time, -ahead, bytes, start, end, missing);
      this.#release(direction, time);
      return;
    }
    const held = this.#held[direction];
    if (this.#heldBytes[direction]! + end - start > HELD_BYTES || held.length >= HELD_SEGMENTS) {
      this.#skipToHeld(direction, time);
      this.segment(direction, time, sequence, bytes, start, end, missing, acknowledged);
      return;
    }
    // A copy: the bytes of a packet do not outlive the visit.
    const segment = { sequence, bytes: bytes.slice(start, end), missing };
    const at = held.findIndex(other => ((other.sequence - sequence) | 0) > 0);
    held.splice(at === -1 ? held.length : at, 0, segment);
    this.#heldBytes[direction] = this.#heldBytes[direction]! + end - start;
    // The receiver has what this capture has not: it will not come again.
    const isLost = acknowledged !== undefined && ((acknowledged - held[0]!.sequence) | 0) >= 0;
    if (isLost) this.#skipToHeld(direction, time);
  }

  end(time: number): void {
    for (const direction of [0, 1] as const) {
      while (this.#held[direction].length > 0 && !this.#done[direction]) this.#skipToHeld(direction, time);
    }
    this.#conversation.end(time);
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
    const length = end - start + missing;
    if (skip >= length || this.#done[direction]) return;
    const from = start + skip;
    if (from >= end) {
      // All that is new was cut off.
      this.#next[direction] = this.#next[direction]! + length - skip;
      this.#conversation.gap(direction, time, length - skip);
      return;
    }
    const unneeded = this.#conversation.data(direction, time, bytes, from, end, missing);
    if (unneeded === Number.POSITIVE_INFINITY) {
      this.#done[direction] = true;
      this.#held[direction] = [];
      this.#heldBytes[direction] = 0;
      return;
    }
    this.#next[direction] = this.#next[direction]! + length - skip + unneeded;
  }

  #release(direction: Direction, time: number): void {
    const held = this.#held[direction];
    while (held.length > 0 && !this.#done[direction]) {
      const segment = held[0]!;
      const ahead = (segment.sequence - this.#next[direction]!) | 0;
      if (ahead > 0) return;
      held.shift();
      this.#heldBytes[direction] = this.#heldBytes[direction]! - segment.bytes.length;
      this.#deliver(direction, time, -ahead, segment.bytes, 0, segment.bytes.length, segment.missing);
    }
  }

  #skipToHeld(direction: Direction, time: number): void {
    const first = this.#held[direction][0];
    if (first === undefined) {
      this.#started[direction] = false;
      return;
    }
    const length = (first.sequence - this.#next[direction]!) | 0;
    if (length > 0) {
      this.#next[direction] = first.sequence;
      this.#conversation.gap(direction, time, length);
    }
    this.#release(direction, time);
  }
}
