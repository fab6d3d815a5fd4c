/** What one handshake shows, over TCP or QUIC: a row of `ssl`, as in Zeek's ssl.log. */

import { isEqual } from '../../../assembly/bytes';
import { allocateZero, release } from '../../../assembly/heap';
import {
  SSL,
  SSL_ALERT,
  SSL_CIPHER,
  SSL_CURVE,
  SSL_ESTABLISHED,
  SSL_JA4,
  SSL_NEXT_PROTOCOL,
  SSL_RESUMED,
  SSL_SERVER_NAME,
  SSL_TRANSPORT,
  SSL_TRUNCATED,
  SSL_VERSION,
} from '../../tables';
import { setByte, setCode, setNone, setSaved } from '../tables/columns';
import { beginRow, endRow } from '../tables/rows';
import { addLatin1, beginText, forget, save, textEnd } from '../text';
import { forgetOffer, offerAt, readOffer, sessionOf } from './client';
import * as hello from './server-hello';

const TLS13: i32 = 0x0304;
const MAX_SESSION: i32 = 32;

@unmanaged
export class Session {
  /** Row of the flow in the flow table. */
  flow: i32;
  isQuic: bool;
  isWritten: bool;
  hasTime: bool;
  hasServer: bool;
  /** Both sides have finished. */
  isEstablished: bool;
  /** A HelloRetryRequest was seen. */
  isRetried: bool;
  /** A hello was sent of which the capture holds too little. */
  isUnreadable: bool;
  /** Of the first hello. */
  time: f64;
  /** See client.ts; 0 for none. */
  offer: i32;
  /** Of the key exchange, where it is not in the hello (TLS 1.2); -1 for none. */
  group: i32;
  /** -1 for none. */
  alert: i32;
  // Of the ServerHello:
  version: i32;
  cipher: i32;
  serverGroup: i32;
  preSharedKey: bool;
  isServerCut: bool;
  /** A saved text, 0 for none. */
  protocol: i32;
  /** The session follows. */
  sessionLength: i32;
}

const SESSION: i32 = <i32>offsetof<Session>();

export function sessionAt(at: i32): Session {
  return changetype<Session>(at);
}

/** 0 without room. */
export function openSession(flow: i32, isQuic: bool): i32 {
  const at = allocateZero(SESSION + MAX_SESSION);
  if (at === 0) return 0;
  const session = sessionAt(at);
  session.flow = flow;
  session.isQuic = isQuic;
  session.group = -1;
  session.alert = -1;
  session.serverGroup = -1;
  return at;
}

export function closeSession(at: i32): void {
  const session = sessionAt(at);
  forgetOffer(session.offer);
  forget(session.protocol);
  release(at, SESSION + MAX_SESSION);
}

/** A message that says to be a ClientHello; `start` is behind its header. False when it is none. */
export function takeClientHello(session: Session, time: f64, start: i32, end: i32): bool {
  const offer = readOffer(session.isQuic, start, end);
  if (offer === 0) return false;
  noteTime(session, time);
  // After a HelloRetryRequest the client says the same again; the first says all, unless it was cut.
  if (session.offer === 0 || offerAt(session.offer).isCut) {
    forgetOffer(session.offer);
    session.offer = offer;
  } else forgetOffer(offer);
  return true;
}

/** As {@link takeClientHello}. */
export function takeServerHello(session: Session, time: f64, start: i32, end: i32): bool {
  if (!hello.readServerHello(start, end)) return false;
  noteTime(session, time);
  if (hello.isRetry) {
    session.isRetried = true;
    return true;
  }
  session.hasServer = true;
  session.version = hello.version;
  session.cipher = hello.cipher;
  session.serverGroup = hello.group;
  session.preSharedKey = hello.preSharedKey;
  session.isServerCut = hello.isCut;
  session.sessionLength = hello.sessionLength;
  memory.copy(changetype<i32>(session) + SESSION, hello.sessionAt, hello.sessionLength);
  forget(session.protocol);
  session.protocol = 0;
  if (hello.protocolAt !== 0) {
    beginText();
    const from = textEnd;
    addLatin1(hello.protocolAt, hello.protocolAt + hello.protocolLength);
    session.protocol = save(from);
  }
  return true;
}

/** A hello was sent of which the capture holds too little. */
export function noteUnreadable(session: Session, time: f64): void {
  noteTime(session, time);
  session.isUnreadable = true;
}

function noteTime(session: Session, time: f64): void {
  if (session.hasTime) return;
  session.hasTime = true;
  session.time = time;
}

export function hasServerHello(session: Session): bool {
  return session.hasServer;
}

export function setAlert(session: Session, alert: i32): void {
  session.alert = alert;
}

export function setEstablished(session: Session): void {
  session.isEstablished = true;
}

/** TLS 1.3 hides what follows the ServerHello in application data records. */
export function isTls13(session: Session): bool {
  return session.hasServer && session.version >= TLS13;
}

export function offersEarlyData(session: Session): bool {
  return session.offer !== 0 && offerAt(session.offer).earlyData;
}

/** Writes the row, once; nothing when no handshake was seen. */
export function writeSession(session: Session): void {
  if (session.isWritten || !session.hasTime) return;
  session.isWritten = true;
  const row = beginRow(SSL, session.flow, session.time);
  const offer = session.offer;
  const version = session.hasServer ? session.version : offer === 0 ? -1 : offerAt(offer).version;
  const group = session.serverGroup >= 0 ? session.serverGroup : session.group;
  setCode(SSL_TRANSPORT, row, i32(session.isQuic));
  setCodeOrNone(SSL_VERSION, row, version);
  setCodeOrNone(SSL_CIPHER, row, session.hasServer ? session.cipher : -1);
  setCodeOrNone(SSL_CURVE, row, group);
  setSaved(SSL_SERVER_NAME, row, offer === 0 ? 0 : offerAt(offer).serverName);
  const offered = offer === 0 ? 0 : offerAt(offer).protocol;
  setSaved(SSL_NEXT_PROTOCOL, row, session.protocol !== 0 ? session.protocol : offered);
  setSaved(SSL_JA4, row, offer === 0 ? 0 : offerAt(offer).ja4);
  setByte(SSL_RESUMED, row, i32(isResumed(session)));
  setByte(SSL_ESTABLISHED, row, i32(session.isEstablished));
  setCodeOrNone(SSL_ALERT, row, session.alert);
  const isCut = session.isUnreadable || session.isServerCut || (offer !== 0 && offerAt(offer).isCut);
  setByte(SSL_TRUNCATED, row, i32(isCut));
  endRow(SSL);
}

function setCodeOrNone(column: i32, row: i32, code: i32): void {
  if (code < 0) setNone(column, row);
  else setCode(column, row, code);
}

/** TLS 1.3: the server took the offered key. Before: it gave the session id back that the client asked for. */
function isResumed(session: Session): bool {
  if (!session.hasServer) return false;
  if (session.version >= TLS13) return session.preSharedKey;
  const length = session.sessionLength;
  if (length === 0 || session.offer === 0 || offerAt(session.offer).sessionLength !== length) return false;
  return isEqual(changetype<i32>(session) + SESSION, sessionOf(session.offer), length);
}
