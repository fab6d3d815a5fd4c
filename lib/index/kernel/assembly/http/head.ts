/** The head of an HTTP/1 message (RFC 9112) that was read last: start line and the header fields that the index keeps. */
import { byte, indexOf, matches } from '../../../assembly/bytes';
import { addLatin1, addPrintable, beginText, forget, save, textEnd } from '../text';

const MAX_URI: i32 = 4096;
const MAX_FIELD: i32 = 1024;
const MAX_METHOD: i32 = 20;
const SPACE: i32 = 0x20;
const LINE_FEED: i32 = 0x0a;
const CARRIAGE_RETURN: i32 = 0x0d;

/** What an upgrade is to. */
const NO_UPGRADE: i32 = 0;
export const UPGRADE_H2C: i32 = 1;
export const UPGRADE_WEBSOCKET: i32 = 2;
const UPGRADE_OTHER: i32 = 3;

// Saved texts (see text.ts), 0 for none; who reads a head takes them.
export let method: i32 = 0;
export let uri: i32 = 0;
export let version: i32 = 0;
export let message: i32 = 0;
export let host: i32 = 0;
export let userAgent: i32 = 0;
/** The method. */
export let isHead: bool = false;
export let isConnect: bool = false;
export let status: i32 = 0;
/** -1 for none. */
export let contentLength: f64 = -1;
export let isChunked: bool = false;
export let upgrade: i32 = NO_UPGRADE;

/**
 * Whether a request begins here: a method and a target that is a path, "*" or a URL (an authority after CONNECT).
 * Any word can be a method; but for the common ones the version must stand at the end of the line.
 */
export function startsRequest(start: i32, end: i32): bool {
  let at = start;
  while (at < end && at - start <= MAX_METHOD && isMethodByte(byte(at))) at++;
  if (at - start < 3 || at + 1 >= end || byte(at) !== SPACE) return false;
  if (isWord(start, at, 'CONNECT')) return true;
  const target = byte(at + 1);
  if (target !== 0x2f && target !== 0x2a && target !== 0x68 && target !== 0x48) return false;
  if (isCommon(start, at)) return true;
  const line = trimEnd(at, lineEnd(at, min(end, at + MAX_URI)));
  return line - at > 10 && matches(line - 8, line, 'HTTP/1.');
}

function isMethodByte(value: i32): bool {
  return (value >= 0x41 && value <= 0x5a) || value === 0x5f || value === 0x2d;
}

function isWord(start: i32, end: i32, word: string): bool {
  return end - start === word.length && matches(start, end, word);
}

function isCommon(start: i32, end: i32): bool {
  return (
    isWord(start, end, 'GET') ||
    isWord(start, end, 'POST') ||
    isWord(start, end, 'PUT') ||
    isWord(start, end, 'HEAD') ||
    isWord(start, end, 'DELETE') ||
    isWord(start, end, 'OPTIONS') ||
    isWord(start, end, 'PATCH') ||
    isWord(start, end, 'TRACE')
  );
}

export function startsResponse(start: i32, end: i32): bool {
  return matches(start, end, 'HTTP/1.');
}

/** Where the bytes after the empty line are that ends a head, or -1. */
export function endOfHead(start: i32, end: i32): i32 {
  for (let at = start; at < end; at++) {
    if (byte(at) !== LINE_FEED) continue;
    if (at + 1 < end && byte(at + 1) === LINE_FEED) return at + 2;
    if (at + 2 < end && byte(at + 1) === CARRIAGE_RETURN && byte(at + 2) === LINE_FEED) return at + 3;
  }
  return -1;
}

/** Reads what is there of a head, which may be cut; false when it is no request. */
export function readRequest(start: i32, end: i32): bool {
  if (!startsRequest(start, end)) return false;
  clear();
  const line = lineEnd(start, end);
  const methodEnd = indexOf(SPACE, start, line);
  const target = indexOf(SPACE, methodEnd + 1, line);
  const targetEnd = trimEnd(methodEnd + 1, target < 0 ? line : target);
  isHead = isWord(start, methodEnd, 'HEAD');
  isConnect = isWord(start, methodEnd, 'CONNECT');
  method = savedLatin1(start, methodEnd);
  uri = savedPrintable(methodEnd + 1, min(targetEnd, methodEnd + 1 + MAX_URI));
  if (target >= 0) readRequestVersion(target + 1, trimEnd(target + 1, line));
  readFields(line + 1, end);
  return true;
}

/** As `readRequest`, for responses. */
export function readResponse(start: i32, end: i32): bool {
  if (!startsResponse(start, end) || end - start < 12) return false;
  const line = lineEnd(start, end);
  const code = <i32>number(start + 9, min(start + 12, line));
  if (code < 100) return false;
  clear();
  status = code;
  version = savedLatin1(start + 5, start + 8);
  const from = min(start + 13, line);
  const to = min(trimEnd(from, line), from + MAX_FIELD);
  if (to > from) message = savedPrintable(from, to);
  readFields(line + 1, end);
  return true;
}

/** Lets go what a head is not wanted for. */
export function forgetTexts(): void {
  forget(method);
  forget(uri);
  forget(version);
  forget(message);
  forget(host);
  forget(userAgent);
  clear();
}

function clear(): void {
  method = 0;
  uri = 0;
  version = 0;
  message = 0;
  host = 0;
  userAgent = 0;
  contentLength = -1;
  isChunked = false;
  upgrade = NO_UPGRADE;
}

function readRequestVersion(start: i32, end: i32): void {
  if (!matches(start, end, 'HTTP/')) return;
  const to = min(start + 8, end);
  if (to > start + 5) version = savedLatin1(start + 5, to);
}

function readFields(start: i32, end: i32): void {
  for (let at = start; at < end; ) {
    const line = lineEnd(at, end);
    const colon = indexOf(0x3a, at, line);
    if (colon > at) readField(at, colon, line);
    at = line + 1;
  }
}

/** Field names are told apart by their length first: most are not kept. */
function readField(start: i32, colon: i32, line: i32): void {
  switch (colon - start) {
    case 4:
      if (isName(start, 'host')) host = replaced(host, colon + 1, line);
      return;
    case 7:
      if (isName(start, 'upgrade')) upgrade = upgradeTo(colon + 1, line);
      return;
    case 10:
      if (isName(start, 'user-agent')) userAgent = replaced(userAgent, colon + 1, line);
      return;
    case 14:
      if (isName(start, 'content-length'))
        contentLength = number(skipBlanks(colon + 1, line), trimEnd(colon + 1, line));
      return;
    case 17:
      if (isName(start, 'transfer-encoding')) {
        const to = trimEnd(colon + 1, line);
        isChunked = to - colon > 7 && isName(to - 7, 'chunked');
      }
      return;
    default:
  }
}

/** -1 where it is none; at most 15 digits, so that it is exact. */
function number(start: i32, end: i32): f64 {
  if (end <= start || end - start > 15) return -1;
  let value: f64 = 0;
  for (let at = start; at < end; at++) {
    const digit = byte(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + <f64>digit;
  }
  return value;
}

function upgradeTo(start: i32, line: i32): i32 {
  const from = skipBlanks(start, line);
  const to = min(trimEnd(from, line), from + MAX_FIELD);
  if (to - from === 3 && isName(from, 'h2c')) return UPGRADE_H2C;
  return to - from === 9 && isName(from, 'websocket') ? UPGRADE_WEBSOCKET : UPGRADE_OTHER;
}

/** The value of a field, instead of an earlier one. */
function replaced(earlier: i32, start: i32, line: i32): i32 {
  forget(earlier);
  const from = skipBlanks(start, line);
  return savedPrintable(from, min(trimEnd(from, line), from + MAX_FIELD));
}

function savedPrintable(start: i32, end: i32): i32 {
  beginText();
  const from = textEnd;
  if (end > start) addPrintable(start, end);
  return save(from);
}

function savedLatin1(start: i32, end: i32): i32 {
  beginText();
  const from = textEnd;
  addLatin1(start, end);
  return save(from);
}

function skipBlanks(start: i32, end: i32): i32 {
  let from = start;
  while (from < end && (byte(from) === SPACE || byte(from) === 0x09)) from++;
  return from;
}

function lineEnd(start: i32, end: i32): i32 {
  const at = indexOf(LINE_FEED, start, end);
  return at < 0 ? end : at;
}

function trimEnd(start: i32, end: i32): i32 {
  let to = end;
  while (to > start && byte(to - 1) <= SPACE) to--;
  return to;
}

/** `name` is in lower case. */
function isName(start: i32, name: string): bool {
  for (let i = 0; i < name.length; i++) {
    if ((byte(start + i) | 0x20) !== (name.charCodeAt(i) | 0x20)) return false;
  }
  return true;
}
