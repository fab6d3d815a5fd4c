/** What is kept of one direction of a stream that is read frame by frame (see framing.ts). */
import { allocate, release, roomFor } from '../../../assembly/heap';
import { ENOUGH, MAX_LEAP } from './conversation';

// What the frames are.
export const TLS_RECORDS: i32 = 0;
export const TLS_HANDSHAKE: i32 = 1;
export const DNS_MESSAGES: i32 = 2;
export const HTTP2_FRAMES: i32 = 3;

@unmanaged
export class Frames {
  framing: i32;
  /** The conversation that takes them, and the direction that they are of. */
  owner: i32;
  direction: i32;
  /** The beginning of a frame. */
  held: i32;
  length: i32;
  room: i32;
  /** Bytes that still belong to a frame of which no more is wanted. */
  skip: i32;
  /** The next frame cannot be found: nothing is read until `restart`. */
  isLost: bool;
  /** What stood where a frame had to begin was none: this is another protocol. */
  isBroken: bool;
}

export const FRAMES: i32 = <i32>offsetof<Frames>();

export function framesAt(at: i32): Frames {
  return changetype<Frames>(at);
}

/** How many of the next bytes are not needed; the caller leaves them out. */
export function leapOf(frames: Frames): i32 {
  if (frames.isLost) return ENOUGH;
  const skip = min(frames.skip, MAX_LEAP);
  frames.skip -= skip;
  return skip;
}

/** A frame is known to begin with the next byte. */
export function restart(frames: Frames): void {
  frames.isLost = false;
  frames.skip = 0;
  drop(frames);
}

/** Frees what is held. */
export function drop(frames: Frames): void {
  if (frames.room > 0) release(frames.held, frames.room);
  frames.held = 0;
  frames.length = 0;
  frames.room = 0;
}

/** Without room for more the frame is as good as lost. */
export function hold(frames: Frames, start: i32, end: i32): void {
  const needed = frames.length + end - start;
  if (needed > frames.room) {
    const grown = allocate(needed);
    if (grown === 0) {
      drop(frames);
      frames.isLost = true;
      return;
    }
    memory.copy(grown, frames.held, frames.length);
    if (frames.room > 0) release(frames.held, frames.room);
    frames.held = grown;
    frames.room = roomFor(needed);
  }
  memory.copy(frames.held + frames.length, start, end - start);
  frames.length = needed;
}
