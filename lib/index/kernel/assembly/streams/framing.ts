/** Reads one direction of a stream frame by frame, over segments, gaps and bytes that the snap length cut. */
import { byte, half, triple } from '../../../assembly/bytes';
import { release } from '../../../assembly/heap';
import { takeMessage } from '../dns/conversation';
import { takeFrame } from '../http2/conversation';
import { FRAME_HEADER, frameLength, frameWanted } from '../http2/frame';
import { takeHandshake, takeRecord } from '../tls/conversation';
import { handshakeWanted, isRecord, MESSAGE_HEADER, RECORD_HEADER, recordWanted } from '../tls/record';
import { DNS_MESSAGES, Frames, hold, TLS_HANDSHAKE, TLS_RECORDS } from './frames';

/** The next bytes, and `missing` bytes after them that are not there. */
export function takeFrames(frames: Frames, time: f64, start: i32, end: i32, missing: i32): void {
  if (frames.isLost) return;
  const passed = min(frames.skip, end - start);
  frames.skip -= passed;
  if (frames.length === 0) {
    read(frames, time, start + passed, end, missing);
    return;
  }
  hold(frames, start + passed, end);
  if (frames.isLost || (missing === 0 && !holdsEnough(frames))) return;
  const held = frames.held;
  const length = frames.length;
  const room = frames.room;
  frames.held = 0;
  frames.length = 0;
  frames.room = 0;
  read(frames, time, held, held + length, missing);
  release(held, room);
}

function headerOf(framing: i32): i32 {
  switch (framing) {
    case TLS_RECORDS:
      return RECORD_HEADER;
    case TLS_HANDSHAKE:
      return MESSAGE_HEADER;
    case DNS_MESSAGES:
      return 2;
    default:
      return FRAME_HEADER;
  }
}

/** How long the frame that begins here is, its header included; less than that where none can. */
function lengthOf(framing: i32, at: i32): i32 {
  switch (framing) {
    case TLS_RECORDS:
      return isRecord(at) ? RECORD_HEADER + half(at + 3) : -1;
    case TLS_HANDSHAKE:
      return MESSAGE_HEADER + triple(at + 1);
    case DNS_MESSAGES:
      return 2 + half(at);
    default:
      return frameLength(at);
  }
}

/** How much of it is of interest. */
function wantedOf(framing: i32, at: i32, length: i32): i32 {
  switch (framing) {
    case TLS_RECORDS:
      return recordWanted(byte(at), length);
    case TLS_HANDSHAKE:
      return handshakeWanted(byte(at), length);
    case DNS_MESSAGES:
      return length;
    default:
      return frameWanted(at, length);
  }
}

/** A frame from `start`; `end` is before the bytes of interest end when the capture cut them. */
function give(frames: Frames, time: f64, start: i32, end: i32, length: i32, isCut: bool): void {
  const owner = frames.owner;
  const direction = frames.direction;
  switch (frames.framing) {
    case TLS_RECORDS:
      takeRecord(owner, direction, time, start, end, length, isCut);
      return;
    case TLS_HANDSHAKE:
      takeHandshake(owner, direction, time, start, end, length);
      return;
    case DNS_MESSAGES:
      takeMessage(owner, time, start + 2, end);
      return;
    default:
      takeFrame(owner, direction, time, start, end, length, isCut);
  }
}

function read(frames: Frames, time: f64, start: i32, end: i32, missing: i32): void {
  const framing = frames.framing;
  const header = headerOf(framing);
  let at = start;
  while (end - at >= header) {
    const length = lengthOf(framing, at);
    if (length < header) {
      frames.isLost = true;
      frames.isBroken = true;
      return;
    }
    const wanted = min(length, wantedOf(framing, at, length));
    const isCut = at + wanted > end;
    if (isCut && missing === 0) break;
    give(frames, time, at, min(end, at + wanted), length, isCut);
    if (frames.isLost) return;
    at += length;
    if (at >= end) {
      frames.skip = at - end;
      at = end;
      break;
    }
  }
  if (missing === 0) {
    if (at < end) hold(frames, at, end);
    return;
  }
  frames.isLost = missing > frames.skip;
  frames.skip -= missing;
}

/** Whether the frame that is held can be given: so that a stream of tiny segments is not copied again for each. */
function holdsEnough(frames: Frames): bool {
  const framing = frames.framing;
  const header = headerOf(framing);
  if (frames.length < header) return false;
  const length = lengthOf(framing, frames.held);
  return length < header || frames.length >= min(length, wantedOf(framing, frames.held, length));
}
