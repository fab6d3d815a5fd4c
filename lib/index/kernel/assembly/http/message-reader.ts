/** Reads one direction of HTTP/1: heads as a whole, bodies by their length only. */
import { byte, indexOf } from '../../../assembly/bytes';
import { allocate, release, roomFor } from '../../../assembly/heap';
import { ENOUGH, MAX_LEAP } from '../streams/conversation';
import { endBody, mayStart, takeBody, takeHead } from './conversation';
import { endOfHead } from './head';

/** How a message goes on behind its head, instead of the length of its body (RFC 9112 section 6.3). */
export const CHUNKED: f64 = -1;
export const UNTIL_CLOSE: f64 = -2;
/** No more is to be read. */
export const STOP: f64 = -3;

// What comes next.
const HEAD: i32 = 0;
const LENGTH: i32 = 1;
const CHUNK_SIZE: i32 = 2;
const CHUNK: i32 = 3;
const CHUNK_END: i32 = 4;
const TRAILER: i32 = 5;
const CLOSE: i32 = 6;
const LOST: i32 = 7;
const STOPPED: i32 = 8;

const MAX_HEAD: i32 = 65536;
const MAX_PIECES: i32 = 256; // segments of a head; each has it searched again from its beginning
const MAX_LINE: i32 = 1024; // of a chunk's size with its extensions, or of a trailer field
const MAX_DIGITS: i32 = 16; // of a chunk's size
const LINE_FEED: i32 = 0x0a;
const CARRIAGE_RETURN: i32 = 0x0d;
const SPACE: i32 = 0x20;

@unmanaged
export class MessageReader {
  /** Of the body or chunk. */
  left: f64;
  /** The conversation that listens, and the direction that is read. */
  owner: i32;
  direction: i32;
  state: i32;
  /** A head or line that goes on in the next segment. */
  held: i32;
  length: i32;
  room: i32;
  /** Segments that the held bytes came in. */
  pieces: i32;
  /** What came behind the head at which reading stopped: within the bytes that were taken last, or in `joined`. */
  rest: i32;
  restEnd: i32;
  /** Bytes held before and those of the last segment, until `release`; 0 for none. */
  joined: i32;
  joinedRoom: i32;
}

export const MESSAGE_READER: i32 = <i32>offsetof<MessageReader>();

/** Takes the next bytes, and `missing` bytes after them that are not there. */
export function takeBytes(reader: MessageReader, start: i32, end: i32, missing: i32): void {
  reader.rest = 0;
  reader.restEnd = 0;
  if (reader.state === LOST) {
    if (!mayStart(reader.owner, reader.direction, start, end)) return;
    reader.state = HEAD;
  }
  let at = start;
  let stop = end;
  if (reader.length > 0) {
    if (!join(reader, start, end)) return;
    at = reader.joined;
    stop = at + reader.length;
    reader.length = 0;
  }
  while (at < stop) {
    const next = step(reader, at, stop);
    if (next < 0) {
      hold(reader, at, stop);
      break;
    }
    at = next;
    reader.pieces = 0;
  }
  if (missing > 0) miss(reader, missing);
}

/** The stream is over: what there is of a head is given as one that is cut. */
export function endReader(reader: MessageReader): void {
  if (reader.state === HEAD && reader.length > 0) giveCutHead(reader);
}

/** Where it is in the stream is not known, until a message begins with a segment. */
export function isLost(reader: MessageReader): bool {
  return reader.state === LOST;
}

/** How many of the next bytes are not needed; the caller leaves them out. */
export function leapOf(reader: MessageReader): i32 {
  if (reader.state === STOPPED) return ENOUGH;
  if (reader.state !== LENGTH && reader.state !== CHUNK) return 0;
  const leap = min(reader.left, <f64>MAX_LEAP);
  pass(reader, leap);
  return <i32>leap;
}

/** Frees what is not needed behind a call of `takeBytes`. */
export function releaseJoined(reader: MessageReader): void {
  if (reader.joined !== 0) release(reader.joined, reader.joinedRoom);
  reader.joined = 0;
}

/** Frees all that it has. */
export function drop(reader: MessageReader): void {
  releaseJoined(reader);
  if (reader.room > 0) release(reader.held, reader.room);
  reader.room = 0;
  reader.length = 0;
}

/** Puts what is held and the next bytes together; without room for both the reader is lost. */
function join(reader: MessageReader, start: i32, end: i32): bool {
  releaseJoined(reader);
  const needed = reader.length + end - start;
  if (needed > reader.room) {
    const grown = allocate(needed);
    if (grown === 0) {
      reader.length = 0;
      reader.state = LOST;
      return false;
    }
    memory.copy(grown, reader.held, reader.length);
    release(reader.held, reader.room);
    reader.held = grown;
    reader.room = roomFor(needed);
  }
  memory.copy(reader.held + reader.length, start, end - start);
  reader.length = needed;
  reader.joined = reader.held;
  reader.joinedRoom = reader.room;
  reader.room = 0;
  return true;
}

/** Where the bytes begin that were not used, or -1 when more are needed. */
function step(reader: MessageReader, at: i32, end: i32): i32 {
  switch (reader.state) {
    case HEAD:
      return readHead(reader, at, end);
    case LENGTH:
    case CHUNK: {
      const length = min(reader.left, <f64>(end - at));
      pass(reader, length);
      return at + <i32>length;
    }
    case CLOSE:
      takeBody(reader.owner, reader.direction, <f64>(end - at));
      return end;
    case STOPPED:
      reader.rest = at;
      reader.restEnd = end;
      return end;
    case LOST:
      return end;
    default:
      return readLine(reader, at, end);
  }
}

function readHead(reader: MessageReader, start: i32, end: i32): i32 {
  let at = start;
  // Empty lines before a request are allowed.
  while (at < end && (byte(at) === CARRIAGE_RETURN || byte(at) === LINE_FEED)) at++;
  if (at === end) return end;
  if (!mayStart(reader.owner, reader.direction, at, end) && end - at >= 16) {
    reader.state = LOST;
    return end;
  }
  const after = endOfHead(at, end);
  if (after < 0) return at === start ? -1 : at;
  enter(reader, takeHead(reader.owner, reader.direction, at, after, false));
  return after;
}

function readLine(reader: MessageReader, start: i32, end: i32): i32 {
  // A line that cannot be a size is not waited for to its end.
  if (reader.state === CHUNK_SIZE && byte(start) > SPACE && digitOf(byte(start)) < 0) {
    reader.state = LOST;
    return end;
  }
  const at = indexOf(LINE_FEED, start, end);
  if (at < 0) return -1;
  const isEmpty = at === start || (at === start + 1 && byte(start) === CARRIAGE_RETURN);
  if (reader.state === CHUNK_SIZE) enterChunk(reader, start, min(at, start + MAX_DIGITS));
  else if (reader.state === CHUNK_END) reader.state = isEmpty ? CHUNK_SIZE : LOST;
  else if (isEmpty) {
    // The trailer ends.
    reader.state = HEAD;
    endBody(reader.owner, reader.direction);
  }
  return at + 1;
}

function enterChunk(reader: MessageReader, start: i32, end: i32): void {
  let at = start;
  while (at < end && (byte(at) === SPACE || (byte(at) >= 0x09 && byte(at) <= 0x0d))) at++;
  // As programs read it that are not strict.
  if (at + 1 < end && byte(at) === 0x30 && (byte(at + 1) | 0x20) === 0x78) at += 2;
  let size: f64 = 0;
  const digits = at;
  for (; at < end; at++) {
    const digit = digitOf(byte(at));
    if (digit < 0) break;
    size = size * 16 + <f64>digit;
  }
  if (at === digits) reader.state = LOST;
  else if (size === 0) reader.state = TRAILER;
  else {
    reader.state = CHUNK;
    reader.left = size;
    takeBody(reader.owner, reader.direction, size);
  }
}

/** The value of a hexadecimal digit, or -1. */
function digitOf(value: i32): i32 {
  if (value >= 0x30 && value <= 0x39) return value - 0x30;
  const letter = value | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function enter(reader: MessageReader, body: f64): void {
  if (body > 0) {
    reader.left = body;
    reader.state = LENGTH;
  } else if (body === CHUNKED) reader.state = CHUNK_SIZE;
  else if (body === UNTIL_CLOSE) reader.state = CLOSE;
  else reader.state = body === STOP ? STOPPED : HEAD;
}

function pass(reader: MessageReader, length: f64): void {
  reader.left -= length;
  if (reader.left === 0) reader.state = reader.state === LENGTH ? HEAD : CHUNK_END;
}

function hold(reader: MessageReader, start: i32, end: i32): void {
  const length = end - start;
  const isTooLong = length > (reader.state === HEAD ? MAX_HEAD : MAX_LINE);
  reader.pieces++;
  if (isTooLong || reader.pieces > MAX_PIECES) {
    reader.state = LOST;
    return;
  }
  if (length > reader.room) {
    if (reader.room > 0) release(reader.held, reader.room);
    reader.room = 0;
    reader.held = allocate(length);
    if (reader.held === 0) {
      reader.state = LOST;
      return;
    }
    reader.room = roomFor(length);
  }
  memory.copy(reader.held, start, length);
  reader.length = length;
}

function miss(reader: MessageReader, missing: i32): void {
  if (reader.state === CLOSE) takeBody(reader.owner, reader.direction, <f64>missing);
  else if ((reader.state === LENGTH || reader.state === CHUNK) && <f64>missing <= reader.left)
    pass(reader, <f64>missing);
  else if (reader.state === HEAD && reader.length > 0) giveCutHead(reader);
  else {
    reader.length = 0;
    if (reader.state !== STOPPED) reader.state = LOST;
  }
}

/** Where the head ends is not known: the next message is looked for at the beginning of a segment. */
function giveCutHead(reader: MessageReader): void {
  const length = reader.length;
  reader.length = 0;
  const body = takeHead(reader.owner, reader.direction, reader.held, reader.held + length, true);
  reader.state = body === STOP ? STOPPED : LOST;
}
