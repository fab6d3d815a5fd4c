/** The head of an HTTP/1 message (RFC 9112): start line and the header fields that the index keeps. */

import { indexOf, latin1 } from '../bytes.ts';
import { printable } from '../text.ts';

const MAX_URI = 4096;
const MAX_FIELD = 1024;

export interface Fields {
  host: string | null;
  userAgent: string | null;
  contentLength: number | null;
  chunked: boolean;
  upgrade: string | null;
}

export interface RequestHead extends Fields {
  method: string;
  uri: string;
  version: string; // "1.1"; "" where the line is cut
}

export interface ResponseHead extends Fields {
  version: string;
  status: number;
  message: string | null;
}

const MAX_METHOD = 20;
const COMMON = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE'];

/**
 * Whether a request begins here: a method and a target that is a path, "*" or a URL (an authority after CONNECT).
 * Any word can be a method; but for the common ones the version must stand at the end of the line.
 */
export function startsRequest(buf: Uint8Array, start: number, end: number): boolean {
  let pos = start;
  while (pos < end && pos - start <= MAX_METHOD && isMethodByte(buf[pos]!)) pos++;
  if (pos - start < 3 || pos + 1 >= end || buf[pos] !== 0x20) return false;
  const method = commonMethod(buf, start, pos);
  const target = buf[pos + 1];
  if (method === 'CONNECT') return true;
  if (target !== 0x2f && target !== 0x2a && target !== 0x68 && target !== 0x48) return false;
  if (method !== undefined) return true;
  const line = trimEnd(buf, pos, lineEnd(buf, pos, Math.min(end, pos + MAX_URI)));
  return line - pos > 10 && matches(buf, line - 8, line, 'HTTP/1.');
}

function isMethodByte(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || byte === 0x2d;
}

function commonMethod(buf: Uint8Array, start: number, end: number): string | undefined {
  for (const method of COMMON) {
    if (method.length === end - start && matches(buf, start, end, method)) return method;
  }
  return undefined;
}

export function startsResponse(buf: Uint8Array, start: number, end: number): boolean {
  return matches(buf, start, end, 'HTTP/1.');
}

/** Offset after the empty line that ends a head, or -1. */
export function endOfHead(buf: Uint8Array, start: number, end: number): number {
  for (let pos = start; pos < end; pos++) {
    if (buf[pos] !== 0x0a) continue;
    if (buf[pos + 1] === 0x0a && pos + 1 < end) return pos + 2;
    if (buf[pos + 1] === 0x0d && buf[pos + 2] === 0x0a && pos + 2 < end) return pos + 3;
  }
  return -1;
}

/** Reads what is there of a head, which may be cut; undefined when it is no request. */
export function parseRequest(buf: Uint8Array, start: number, end: number): RequestHead | undefined {
  if (!startsRequest(buf, start, end)) return undefined;
  const line = lineEnd(buf, start, end);
  const method = indexOf(buf, 0x20, start, line);
  const target = indexOf(buf, 0x20, method + 1, line);
  const targetEnd = trimEnd(buf, method + 1, target < 0 ? line : target);
  const head: RequestHead = {
    method: commonMethod(buf, start, method) ?? latin1(buf, start, method),
    uri: printable(buf, method + 1, Math.min(targetEnd, method + 1 + MAX_URI)),
    version: target < 0 ? '' : requestVersion(buf, target + 1, trimEnd(buf, target + 1, line)),
    host: null,
    userAgent: null,
    contentLength: null,
    chunked: false,
    upgrade: null,
  };
  readFields(head, buf, line + 1, end);
  return head;
}

/** As `parseRequest`, for responses. */
export function parseResponse(buf: Uint8Array, start: number, end: number): ResponseHead | undefined {
  if (!startsResponse(buf, start, end) || end - start < 12) return undefined;
  const line = lineEnd(buf, start, end);
  const status = number(buf, start + 9, Math.min(start + 12, line)) ?? 0;
  if (status < 100) return undefined;
  const from = Math.min(start + 13, line);
  const to = Math.min(trimEnd(buf, from, line), from + MAX_FIELD);
  const head: ResponseHead = {
    version: version(buf, start + 5, start + 8),
    status,
    message: to > from ? printable(buf, from, to) : null,
    host: null,
    userAgent: null,
    contentLength: null,
    chunked: false,
    upgrade: null,
  };
  readFields(head, buf, line + 1, end);
  return head;
}

function requestVersion(buf: Uint8Array, start: number, end: number): string {
  return matches(buf, start, end, 'HTTP/') ? version(buf, start + 5, Math.min(start + 8, end)) : '';
}

function version(buf: Uint8Array, start: number, end: number): string {
  if (matches(buf, start, end, '1.1')) return '1.1';
  return latin1(buf, start, end);
}

function readFields(fields: Fields, buf: Uint8Array, start: number, end: number): void {
  for (let pos = start; pos < end; ) {
    const line = lineEnd(buf, pos, end);
    const colon = indexOf(buf, 0x3a, pos, line);
    if (colon > pos) readField(fields, buf, pos, colon, line);
    pos = line + 1;
  }
}

/** Field names are told apart by their length first: most are not kept. */
function readField(fields: Fields, buf: Uint8Array, start: number, colon: number, line: number): void {
  switch (colon - start) {
    case 4:
      if (isName(buf, start, 'host')) fields.host = value(buf, colon + 1, line);
      return;
    case 7:
      if (isName(buf, start, 'upgrade')) fields.upgrade = value(buf, colon + 1, line).toLowerCase();
      return;
    case 10:
      if (isName(buf, start, 'user-agent')) fields.userAgent = value(buf, colon + 1, line);
      return;
    case 14:
      if (isName(buf, start, 'content-length')) {
        fields.contentLength = number(buf, skipBlanks(buf, colon + 1, line), trimEnd(buf, colon + 1, line));
      }
      return;
    case 17:
      if (isName(buf, start, 'transfer-encoding')) {
        const to = trimEnd(buf, colon + 1, line);
        fields.chunked = to - colon > 7 && isName(buf, to - 7, 'chunked');
      }
      return;
    default:
  }
}

/** At most 15 digits, so that it is exact. */
function number(buf: Uint8Array, start: number, end: number): number | null {
  if (end <= start || end - start > 15) return null;
  let value = 0;
  for (let pos = start; pos < end; pos++) {
    const digit = buf[pos]! - 0x30;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value;
}

function value(buf: Uint8Array, start: number, line: number): string {
  const from = skipBlanks(buf, start, line);
  return printable(buf, from, Math.min(trimEnd(buf, from, line), from + MAX_FIELD));
}

function skipBlanks(buf: Uint8Array, start: number, end: number): number {
  let from = start;
  while (from < end && (buf[from] === 0x20 || buf[from] === 0x09)) from++;
  return from;
}

function lineEnd(buf: Uint8Array, start: number, end: number): number {
  const at = indexOf(buf, 0x0a, start, end);
  return at < 0 ? end : at;
}

function trimEnd(buf: Uint8Array, start: number, end: number): number {
  let to = end;
  while (to > start && buf[to - 1]! <= 0x20) to--;
  return to;
}

function matches(buf: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) if (buf[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** `name` is in lower case. */
function isName(buf: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++)
    if ((buf[start + i]! | 0x20) !== (name.charCodeAt(i) | 0x20)) return false;
  return true;
}
