/**
 * What a ClientHello shows (RFC 8446 section 4.1.2). Kinds of clients are few, and what is made of a hello is the same for
 * all of a kind: the callers are asked when one is met for the first time, or is odd.
 */

import { byte, half, isEqual } from '../../../assembly/bytes';
import { allocate, release } from '../../../assembly/heap';
import { CLIENT_AT, KIND_BYTES, KINDS, KINDS_AT } from '../../layout';
import { describeClient } from '../host';
import { addBytes, addLowerCase, beginText, forget, save, textEnd } from '../text';

const MAX_OUTLINE: i32 = 1024; // a longer hello is odd, and not kept
const MAX_SESSION: i32 = 32;
const MAX_KIND_TEXT: i32 = 512;
const SERVER_NAME: i32 = 0;
const SIGNATURE_ALGORITHMS: i32 = 13;
const ALPN: i32 = 16;
const SUPPORTED_VERSIONS: i32 = 43;

/** What a ClientHello says of the program that sent it, as `describeClient` puts it; JA4 and the protocol follow. */
@unmanaged
class Kind {
  /** The highest that is offered; -1 where the capture does not show it. */
  version: i32;
  /** It may send data before it knows the ServerHello (0-RTT). */
  earlyData: i32;
  /** Bytes of the fingerprint; -1 where the hello is cut. */
  ja4Length: i32;
  /** Of the first protocol that it offers, -1 for none. */
  protocolLength: i32;
}

/** In addition, what `describeClient` says of an odd hello; name and session follow the other texts. */
@unmanaged
class Description extends Kind {
  isCut: i32;
  nameLength: i32;
  sessionLength: i32;
}

/** What is kept of a ClientHello: connections live long, and a hello is large. */
@unmanaged
class Offer {
  version: i32;
  earlyData: bool;
  isCut: bool;
  /** Saved texts (see text.ts), 0 for none. */
  ja4: i32;
  protocol: i32;
  serverName: i32;
  /** The session that it asks for follows. */
  sessionLength: i32;
}

const KIND: i32 = <i32>offsetof<Kind>();
const DESCRIPTION: i32 = <i32>offsetof<Description>();
const OFFER: i32 = <i32>offsetof<Offer>();
/** In a slot of kinds: the length of the outline, the outline, the kind. */
const OUTLINE_AT: i32 = 4;
const KIND_AT: i32 = OUTLINE_AT + MAX_OUTLINE;

const outline: i32 = CLIENT_AT; // used before a client is described, never after
let outlineLength: i32 = 0;
/** Where the last hello has its extension server_name; 0 where it has none. */
let nameAt: i32 = 0;

export function offerAt(at: i32): Offer {
  return changetype<Offer>(at);
}

/** The session id of an offer. */
export function sessionOf(offer: i32): i32 {
  return offer + OFFER;
}

/** The hello at `start`, behind the four bytes of the handshake header; 0 when it is none. */
export function readOffer(isQuic: bool, start: i32, end: i32): i32 {
  if (!takeOutline(start, end)) return readOdd(isQuic, start, end);
  const slot = KINDS_AT + ((isQuic ? KINDS : 0) + hashOfOutline()) * KIND_BYTES;
  if (load<i32>(slot) !== outlineLength || !isEqual(slot + OUTLINE_AT, outline, outlineLength)) {
    memory.copy(slot + OUTLINE_AT, outline, outlineLength);
    store<i32>(slot, 0);
    const length = outlineLength;
    const name = nameAt;
    if (!describeClient(isQuic, start, end)) return 0;
    const described = changetype<Description>(CLIENT_AT);
    const texts = max(described.ja4Length, 0) + max(described.protocolLength, 0);
    if (texts > MAX_KIND_TEXT) return offerOf(CLIENT_AT, CLIENT_AT + DESCRIPTION, start, name);
    memory.copy(slot + KIND_AT, CLIENT_AT, KIND);
    memory.copy(slot + KIND_AT + KIND, CLIENT_AT + DESCRIPTION, texts);
    store<i32>(slot, length);
  }
  return offerOf(slot + KIND_AT, slot + KIND_AT + KIND, start, nameAt);
}

/** Of a whole hello. */
function offerOf(kind: i32, texts: i32, start: i32, name: i32): i32 {
  const at = newOffer(changetype<Kind>(kind), texts, byte(start + 34), start + 35);
  if (at !== 0) offerAt(at).serverName = name === 0 ? 0 : savedName(name + 4, name + 4 + half(name + 2));
  return at;
}

function readOdd(isQuic: bool, start: i32, end: i32): i32 {
  if (!describeClient(isQuic, start, end)) return 0;
  const described = changetype<Description>(CLIENT_AT);
  const texts = CLIENT_AT + DESCRIPTION;
  const name = texts + max(described.ja4Length, 0) + max(described.protocolLength, 0);
  const at = newOffer(described, texts, described.sessionLength, name + max(described.nameLength, 0));
  if (at === 0) return 0;
  offerAt(at).isCut = described.isCut !== 0;
  if (described.nameLength >= 0) offerAt(at).serverName = savedBytes(name, described.nameLength);
  return at;
}

function newOffer(kind: Kind, texts: i32, sessionLength: i32, session: i32): i32 {
  const at = allocate(OFFER + MAX_SESSION);
  if (at === 0) return 0;
  const offer = offerAt(at);
  const protocol = texts + max(kind.ja4Length, 0);
  offer.version = kind.version;
  offer.earlyData = kind.earlyData !== 0;
  offer.isCut = false;
  offer.ja4 = kind.ja4Length < 0 ? 0 : savedBytes(texts, kind.ja4Length);
  offer.protocol = kind.protocolLength < 0 ? 0 : savedBytes(protocol, kind.protocolLength);
  offer.serverName = 0;
  offer.sessionLength = sessionLength;
  memory.copy(sessionOf(at), session, sessionLength);
  return at;
}

function savedBytes(start: i32, length: i32): i32 {
  beginText();
  const from = textEnd;
  addBytes(start, start + length);
  return save(from);
}

/** What the body of the extension server_name says; 0 when it is malformed. */
function savedName(start: i32, end: i32): i32 {
  // List length, type 0 (host_name), name length (RFC 6066 section 3).
  if (end - start < 5 || byte(start + 2) !== 0) return 0;
  const to = start + 5 + half(start + 3);
  if (to > end) return 0;
  beginText();
  const from = textEnd;
  addLowerCase(start + 5, to);
  return save(from);
}

export function forgetOffer(at: i32): void {
  if (at === 0) return;
  const offer = offerAt(at);
  forget(offer.ja4);
  forget(offer.protocol);
  forget(offer.serverName);
  release(at, OFFER + MAX_SESSION);
}

/** All that a kind is made of: version, ciphers, types of extensions, and what stands in three of these. */
function takeOutline(start: i32, end: i32): bool {
  outlineLength = 0;
  nameAt = 0;
  if (end - start < 35 || byte(start) !== 3 || byte(start + 34) > MAX_SESSION) return false;
  const ciphers = start + 35 + byte(start + 34);
  if (ciphers + 2 > end) return false;
  const ciphersEnd = ciphers + 2 + half(ciphers);
  if (ciphersEnd + 1 > end) return false;
  const extensions = ciphersEnd + 1 + byte(ciphersEnd);
  if (extensions + 2 > end) return false;
  const stop = extensions + 2 + half(extensions);
  if (stop > end || stop - start > MAX_OUTLINE) return false;
  outlineBytes(start, start + 2);
  outlineBytes(ciphers, ciphersEnd);
  for (let at = extensions + 2; at + 4 <= stop; ) {
    const to = at + 4 + half(at + 2);
    if (to > stop) return false;
    const type = half(at);
    const counts = type === SIGNATURE_ALGORITHMS || type === ALPN || type === SUPPORTED_VERSIONS;
    outlineBytes(at, counts ? to : at + 2);
    if (type === SERVER_NAME) nameAt = at;
    at = to;
  }
  return true;
}

function outlineBytes(start: i32, end: i32): void {
  memory.copy(outline + outlineLength, start, end - start);
  outlineLength += end - start;
}

/** FNV-1a, as far as there are slots. */
function hashOfOutline(): i32 {
  let hash: u32 = 0x811c9dc5;
  for (let i = 0; i < outlineLength; i++) hash = (hash ^ byte(outline + i)) * 0x01000193;
  return hash % KINDS;
}
