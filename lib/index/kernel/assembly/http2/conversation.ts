/** HTTP/2 in clear: its frames are found here, what they say is read by the caller. */
import { allocateZero, release } from '../../../assembly/heap';
import * as host from '../host';
import { drop, FRAMES, framesAt, HTTP2_FRAMES, leapOf, restart } from '../streams/frames';
import { takeFrames } from '../streams/framing';
import { isPrefaceWhole, looksLikeFrame, prefaceBytes } from './frame';

/** Both directions follow: their frames. */
@unmanaged
class Connection {
  /** The caller's number of it. */
  number: i32;
  /** By direction: bytes of the preface that have passed, or as many as it has when there is none. */
  preface0: i32;
  preface1: i32;
}

const CONNECTION: i32 = <i32>offsetof<Connection>();
const NO_PREFACE: i32 = 1 << 16;

function connectionAt(at: i32): Connection {
  return changetype<Connection>(at);
}

function framesOf(at: i32, direction: i32): i32 {
  return at + CONNECTION + direction * FRAMES;
}

export function open(flow: i32): i32 {
  return start(host.openHttp2(flow));
}

/** `number`: what the caller calls a conversation that has begun there. */
export function start(number: i32): i32 {
  const at = allocateZero(CONNECTION + 2 * FRAMES);
  if (at === 0) {
    host.endHttp2(number);
    return 0;
  }
  connectionAt(at).number = number;
  for (let direction = 0; direction < 2; direction++) {
    const frames = framesAt(framesOf(at, direction));
    frames.framing = HTTP2_FRAMES;
    frames.owner = at;
    frames.direction = direction;
  }
  return at;
}

export function data(at: i32, direction: i32, time: f64, from: i32, end: i32, missing: i32): i32 {
  const begin = passPreface(connectionAt(at), direction, from, end);
  const frames = framesAt(framesOf(at, direction));
  // Lost in a gap: a frame begins with the segment more often than not.
  if (frames.isLost && looksLikeFrame(begin, end)) restart(frames);
  take(at, direction, time, begin, end, missing);
  return frames.isLost ? 0 : leapOf(frames);
}

export function gap(at: i32, direction: i32, time: f64, length: i32): void {
  take(at, direction, time, 0, 0, length);
}

export function end(at: i32): void {
  host.endHttp2(connectionAt(at).number);
  drop(framesAt(framesOf(at, 0)));
  drop(framesAt(framesOf(at, 1)));
  release(at, CONNECTION + 2 * FRAMES);
}

/** A frame, of which the bytes up to `end` are there and of interest. */
export function takeFrame(
  at: i32,
  direction: i32,
  time: f64,
  from: i32,
  end: i32,
  length: i32,
  isCut: bool,
): void {
  host.takeFrame(connectionAt(at).number, direction, time, from, end, length, isCut);
}

function take(at: i32, direction: i32, time: f64, from: i32, end: i32, missing: i32): void {
  const frames = framesAt(framesOf(at, direction));
  takeFrames(frames, time, from, end, missing);
  if (frames.isLost) host.loseFrames(connectionAt(at).number, direction);
}

/** Where the bytes after the preface begin, which may come in pieces. */
function passPreface(connection: Connection, direction: i32, from: i32, end: i32): i32 {
  const passed = direction === 0 ? connection.preface0 : connection.preface1;
  if (isPrefaceWhole(passed)) return from;
  const length = prefaceBytes(passed, from, end);
  if (length > 0) host.takePreface(connection.number, direction);
  const isOther = from + length < end && !isPrefaceWhole(passed + length);
  const now = isOther ? NO_PREFACE : passed + length;
  if (direction === 0) connection.preface0 = now;
  else connection.preface1 = now;
  return from + length;
}
