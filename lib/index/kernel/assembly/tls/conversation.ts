/** TLS over TCP, from its first byte or in the middle of a stream (STARTTLS, proxies). */

import { byte, half, triple } from '../../../assembly/bytes';
import { allocateZero, release } from '../../../assembly/heap';
import { ALERT_ENCRYPTED } from '../../layout';
import { ENOUGH, OVER } from '../streams/conversation';
import { drop, FRAMES, framesAt, leapOf, restart, TLS_HANDSHAKE, TLS_RECORDS } from '../streams/frames';
import { takeFrames } from '../streams/framing';
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  CLIENT_HELLO,
  HANDSHAKE,
  isRecord,
  MESSAGE_HEADER,
  RECORD_HEADER,
  SERVER_HELLO,
  SERVER_KEY_EXCHANGE,
} from './record';
import {
  closeSession,
  isTls13,
  noteUnreadable,
  offersEarlyData,
  openSession,
  Session,
  sessionAt,
  takeClientHello,
  takeServerHello,
  writeSession,
} from './session';

const NAMED_CURVE: i32 = 3;
const FATAL: i32 = 2;
/** An alert under TLS 1.3: two bytes, their type, the tag of 16 (RFC 8446 section 5.2). */
const ENCRYPTED_ALERT: i32 = 19;

@unmanaged
class Connection {
  session: i32;
  /** By direction; 0 before its first bytes. */
  orig: i32;
  resp: i32;
  client: i32;
  isOver: bool;
}

/** One direction of a connection: what its records showed. The frames of its records come first. */
@unmanaged
class Side {
  /** Frames of the handshake, once a message is not alone in its record; 0 before. */
  messages: i32;
  /** ChangeCipherSpec was sent: handshake messages cannot be read any more. */
  isEncrypted: bool;
  /** Records of application data. */
  applicationData: i32;
}

const CONNECTION: i32 = <i32>offsetof<Connection>();
const SIDE: i32 = FRAMES + <i32>offsetof<Side>();

function connectionAt(at: i32): Connection {
  return changetype<Connection>(at);
}

function sideAt(at: i32): Side {
  return changetype<Side>(at + FRAMES);
}

export function open(flow: i32): i32 {
  const at = allocateZero(CONNECTION);
  if (at === 0) return 0;
  const session = openSession(flow, false);
  if (session === 0) {
    release(at, CONNECTION);
    return 0;
  }
  connectionAt(at).session = session;
  return at;
}

export function data(at: i32, direction: i32, time: f64, start: i32, end: i32, missing: i32): i32 {
  if (connectionAt(at).isOver) return OVER;
  const side = sideOf(at, direction);
  if (side === 0) return ENOUGH;
  const frames = framesAt(side);
  // Lost in a gap: senders begin records with segments often enough to find the way again.
  if (frames.isLost && end - start >= RECORD_HEADER && isRecord(start)) restart(frames);
  takeFrames(frames, time, start, end, missing);
  if (frames.isBroken) finish(at);
  if (connectionAt(at).isOver) {
    closeSides(at);
    return OVER;
  }
  return frames.isLost ? 0 : leapOf(frames);
}

export function gap(at: i32, direction: i32, time: f64, length: i32): void {
  if (connectionAt(at).isOver) return;
  const side = sideOf(at, direction);
  if (side === 0) return;
  takeFrames(framesAt(side), time, 0, 0, length);
  if (connectionAt(at).isOver) closeSides(at);
}

export function end(at: i32): void {
  const session = connectionAt(at).session;
  writeSession(sessionAt(session));
  closeSession(session);
  closeSides(at);
  release(at, CONNECTION);
}

/** 0 without room. */
function sideOf(at: i32, direction: i32): i32 {
  const known = direction === 0 ? connectionAt(at).orig : connectionAt(at).resp;
  if (known !== 0) return known;
  const side = allocateZero(SIDE);
  if (side === 0) return 0;
  framesAt(side).framing = TLS_RECORDS;
  framesAt(side).owner = at;
  framesAt(side).direction = direction;
  if (direction === 0) connectionAt(at).orig = side;
  else connectionAt(at).resp = side;
  return side;
}

function closeSides(at: i32): void {
  closeSide(connectionAt(at).orig);
  closeSide(connectionAt(at).resp);
  connectionAt(at).orig = 0;
  connectionAt(at).resp = 0;
}

function closeSide(side: i32): void {
  if (side === 0) return;
  const messages = sideAt(side).messages;
  if (messages !== 0) {
    drop(framesAt(messages));
    release(messages, FRAMES);
  }
  drop(framesAt(side));
  release(side, SIDE);
}

/** A record, of which the bytes up to `end` are there and of interest. */
export function takeRecord(
  at: i32,
  direction: i32,
  time: f64,
  start: i32,
  end: i32,
  length: i32,
  isCut: bool,
): void {
  const connection = connectionAt(at);
  if (connection.isOver) return;
  const body = start + RECORD_HEADER;
  const side = sideAt(direction === 0 ? connection.orig : connection.resp);
  switch (byte(start)) {
    case CHANGE_CIPHER_SPEC:
      side.isEncrypted = true;
      break;
    case ALERT:
      if (length === RECORD_HEADER + 2 && !isCut && byte(body) === FATAL) fail(at, byte(body + 1));
      break;
    case HANDSHAKE:
      takeMessages(at, side, direction, time, body, end, start + length - end, isCut);
      break;
    case APPLICATION_DATA:
      side.applicationData++;
      if (refuses(connection, side, direction, length - RECORD_HEADER)) fail(at, ALERT_ENCRYPTED);
      break;
    default:
  }
  settle(at);
}

function takeMessages(
  at: i32,
  side: Side,
  direction: i32,
  time: f64,
  start: i32,
  end: i32,
  missing: i32,
  isCut: bool,
): void {
  const session = sessionAt(connectionAt(at).session);
  // What follows ChangeCipherSpec is the encrypted Finished; only after a HelloRetryRequest there is another hello.
  if (side.isEncrypted && (!session.isRetried || session.hasServer)) return;
  if (side.messages === 0 && !isCut && isAlone(start, end)) {
    // Nearly every hello is alone in its record: nothing to keep, nothing to put together.
    takeHandshake(at, direction, time, start, end, end - start);
    return;
  }
  if (side.messages === 0) {
    side.messages = allocateZero(FRAMES);
    if (side.messages === 0) return;
    framesAt(side.messages).framing = TLS_HANDSHAKE;
    framesAt(side.messages).owner = at;
    framesAt(side.messages).direction = direction;
  }
  const messages = framesAt(side.messages);
  takeFrames(messages, time, start, end, missing);
  if (messages.isLost) restart(messages);
  const isKnown = direction === connectionAt(at).client ? session.offer !== 0 : session.hasServer;
  if (isCut && !isKnown) noteUnreadable(session, time);
}

function isAlone(start: i32, end: i32): bool {
  return MESSAGE_HEADER + triple(start + 1) === end - start;
}

/** A handshake message, as {@link takeRecord}. */
export function takeHandshake(at: i32, direction: i32, time: f64, start: i32, end: i32, length: i32): void {
  const connection = connectionAt(at);
  const session = sessionAt(connection.session);
  const body = start + MESSAGE_HEADER;
  switch (byte(start)) {
    case CLIENT_HELLO:
      if (takeClientHello(session, time, body, end)) connection.client = direction;
      return;
    case SERVER_HELLO:
      if (takeServerHello(session, time, body, end)) connection.client = 1 - direction;
      return;
    case SERVER_KEY_EXCHANGE:
      if (length >= 8 && end - body >= 3 && byte(body) === NAMED_CURVE) session.group = half(body + 1);
      return;
    default:
  }
}

/** A client that answers a TLS 1.3 ServerHello with a record as long as an alert does not go on. */
function refuses(connection: Connection, side: Side, direction: i32, length: i32): bool {
  const session = sessionAt(connection.session);
  return (
    direction === connection.client &&
    length === ENCRYPTED_ALERT &&
    isTls13(session) &&
    !offersEarlyData(session) &&
    side.applicationData === 1
  );
}

function fail(at: i32, alert: i32): void {
  sessionAt(connectionAt(at).session).alert = alert;
  finish(at);
}

/** Both sides encrypt what they say: the handshake is over. */
function settle(at: i32): void {
  const connection = connectionAt(at);
  if (connection.isOver || connection.orig === 0 || connection.resp === 0) return;
  const session: Session = sessionAt(connection.session);
  const one = sideAt(connection.orig);
  const other = sideAt(connection.resp);
  const haveData = one.applicationData > 0 && other.applicationData > 0;
  const areCiphered = one.isEncrypted && other.isEncrypted && !isTls13(session);
  if (haveData || (session.hasServer && areCiphered)) {
    session.isEstablished = true;
    finish(at);
  }
}

function finish(at: i32): void {
  connectionAt(at).isOver = true;
  writeSession(sessionAt(connectionAt(at).session));
}
