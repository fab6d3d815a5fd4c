/** A TCP stream, or a row of datagrams: gives a conversation its bytes in order and each of them once. */
import { allocate, allocateZero, release } from '../../../assembly/heap';
import { data, ENOUGH, end, gap, MAX_LEAP, OVER, open } from './conversation';

/** What one direction may hold back while an earlier segment is missing. */
const HELD_BYTES: i32 = 131072;
const HELD_SEGMENTS: i32 = 64;

/** The bytes follow. */
@unmanaged
class Segment {
  next: i32;
  sequence: i32;
  length: i32;
  /** Bytes behind these that the snap length cut. */
  missing: i32;
}

const SEGMENT: i32 = <i32>offsetof<Segment>();

/** What is known of one direction. */
@unmanaged
class Half {
  next: i32;
  isStarted: bool;
  isDone: bool;
  /** Segments that are held back, by sequence number; 0 for none. */
  held: i32;
  heldBytes: i32;
  heldCount: i32;
}

/** What is known of both directions follows. */
@unmanaged
export class Stream {
  /** Row of the flow in the flow table. */
  flow: i32;
  kind: i32;
  /** Number of what the flow turned out to be. */
  service: i32;
  /** What the conversation keeps. */
  conversation: i32;
  /** It wants nothing more of either direction. */
  isOver: bool;
}

const STREAM: i32 = <i32>offsetof<Stream>();
const HALF: i32 = <i32>offsetof<Half>();

export function streamAt(at: i32): Stream {
  return changetype<Stream>(at);
}

function halfAt(stream: Stream, direction: i32): Half {
  return changetype<Half>(changetype<i32>(stream) + STREAM + direction * HALF);
}

function segmentAt(at: i32): Segment {
  return changetype<Segment>(at);
}

/** Begins the conversation of a flow, of a kind that conversation.ts knows; 0 when there is no more room. */
export function openStream(flow: i32, kind: i32, service: i32): i32 {
  const stream = allocateZero(STREAM + 2 * HALF);
  if (stream === 0) return 0;
  const conversation = open(kind, flow);
  if (conversation === 0) {
    release(stream, STREAM + 2 * HALF);
    return 0;
  }
  streamAt(stream).flow = flow;
  streamAt(stream).kind = kind;
  streamAt(stream).service = service;
  streamAt(stream).conversation = conversation;
  return stream;
}

/** Where a direction begins, when that is known before its first payload. */
export function startAt(stream: Stream, direction: i32, sequence: i32): void {
  const half = halfAt(stream, direction);
  half.next = sequence;
  half.isStarted = true;
}

/** A datagram as captured; true when the conversation wants nothing more of this direction. */
export function takeDatagram(
  stream: Stream,
  direction: i32,
  time: f64,
  start: i32,
  stop: i32,
  missing: i32,
): bool {
  const unneeded = data(stream.kind, stream.conversation, direction, time, start, stop, missing);
  stream.isOver = unneeded === OVER;
  return stream.isOver || unneeded === ENOUGH;
}

/**
 * A segment as captured; `acknowledged` is what the other side has acknowledged, if it has. True when the conversation
 * wants nothing more of this direction.
 */
export function takeSegment(
  stream: Stream,
  direction: i32,
  time: f64,
  sequence: i32,
  start: i32,
  stop: i32,
  missing: i32,
  hasAcknowledged: bool,
  acknowledged: i32,
): bool {
  const half = halfAt(stream, direction);
  if (half.isDone) return true;
  if (!half.isStarted) startAt(stream, direction, sequence);
  if (sequence - half.next > 0) {
    const isFull = half.heldBytes + stop - start > HELD_BYTES || half.heldCount >= HELD_SEGMENTS;
    if (isFull) skipToHeld(stream, half, direction, time);
    if (half.isDone) return true; // with what was held
  }
  const ahead = sequence - half.next;
  if (ahead <= 0) {
    deliver(stream, half, direction, time, -ahead, start, stop, missing);
    if (half.held !== 0) releaseHeld(stream, half, direction, time);
    return half.isDone;
  }
  hold(half, sequence, start, stop, missing);
  // The receiver has what this capture has not: it will not come again.
  const isLost = hasAcknowledged && half.held !== 0 && acknowledged - segmentAt(half.held).sequence >= 0;
  if (isLost) skipToHeld(stream, half, direction, time);
  return half.isDone;
}

/** The flow ends, or the conversation was over. */
export function endStream(stream: Stream, time: f64): void {
  for (let direction = 0; direction < 2; direction++) {
    const half = halfAt(stream, direction);
    while (half.held !== 0) skipToHeld(stream, half, direction, time); // what is done holds nothing
  }
  end(stream.kind, stream.conversation, time);
  release(changetype<i32>(stream), STREAM + 2 * HALF);
}

/** A copy: the bytes of a packet do not outlive the visit. Without room for one the segment is as good as lost. */
function hold(half: Half, sequence: i32, start: i32, stop: i32, missing: i32): void {
  const length = stop - start;
  const held = allocate(SEGMENT + length);
  if (held === 0) return;
  const segment = segmentAt(held);
  segment.sequence = sequence;
  segment.length = length;
  segment.missing = missing;
  memory.copy(held + SEGMENT, start, length);
  let before = 0;
  let next = half.held;
  while (next !== 0 && segmentAt(next).sequence - sequence <= 0) {
    before = next;
    next = segmentAt(next).next;
  }
  segment.next = next;
  if (before === 0) half.held = held;
  else segmentAt(before).next = held;
  half.heldBytes += length;
  half.heldCount++;
}

/** Takes the first of the segments that are held back out of them. */
function takeHeld(half: Half): Segment {
  const segment = segmentAt(half.held);
  half.held = segment.next;
  half.heldBytes -= segment.length;
  half.heldCount--;
  return segment;
}

function dropHeld(half: Half): void {
  while (half.held !== 0) {
    const segment = takeHeld(half);
    release(changetype<i32>(segment), SEGMENT + segment.length);
  }
}

/** Nothing more is wanted. */
function finish(half: Half): void {
  half.isDone = true;
  dropHeld(half);
}

/** `skip` bytes of the segment were delivered before. */
function deliver(
  stream: Stream,
  half: Half,
  direction: i32,
  time: f64,
  skip: i32,
  start: i32,
  stop: i32,
  missing: i32,
): void {
  const length = stop - start + missing;
  if (<u32>skip >= <u32>length || half.isDone) return;
  if (skip >= stop - start) {
    // All that is new was cut off.
    half.next += length - skip;
    gap(stream.kind, stream.conversation, direction, time, length - skip);
    return;
  }
  const unneeded = data(stream.kind, stream.conversation, direction, time, start + skip, stop, missing);
  if (unneeded === ENOUGH) finish(half);
  else if (unneeded === OVER) {
    stream.isOver = true;
    finish(halfAt(stream, 0));
    finish(halfAt(stream, 1));
  } else half.next += length - skip + min(unneeded, MAX_LEAP);
}

function releaseHeld(stream: Stream, half: Half, direction: i32, time: f64): void {
  while (half.held !== 0 && !half.isDone) {
    const ahead = segmentAt(half.held).sequence - half.next;
    if (ahead > 0) return;
    const segment = takeHeld(half);
    const bytes = changetype<i32>(segment) + SEGMENT;
    deliver(stream, half, direction, time, -ahead, bytes, bytes + segment.length, segment.missing);
    release(changetype<i32>(segment), SEGMENT + segment.length);
  }
}

function skipToHeld(stream: Stream, half: Half, direction: i32, time: f64): void {
  if (half.held === 0) return;
  const first = segmentAt(half.held).sequence;
  const length = first - half.next;
  if (length > 0) {
    half.next = first;
    gap(stream.kind, stream.conversation, direction, time, length);
  }
  releaseHeld(stream, half, direction, time);
}
