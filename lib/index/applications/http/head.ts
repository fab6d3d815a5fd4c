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
const COMMON = new Set(['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE']);

/**
 * Whether a request begins here: a method and a target that is a path, "*" or a URL (an authority after CONNECT).
 * Any word can be a method; but for the common ones the version must stand at the end of the line.
 */
export function startsRequest(buf: Uint8Array, start: number, end: number): boolean {
  let pos = start;
  while (pos < end && pos - start <= MAX_METHOD && isMethodByte(buf[pos]!)) pos++;
  if (pos - start < 3 || pos + 1 >= end || buf[pos] !== 0x20) return false;
  const method = latin1(buf, start, pos);
  const target = buf[pos + 1];
  if (method === 'CONNECT') return true;
  if (target !== 0x2f && target !== 0x2a && target !== 0x68 && target !== 0x48) return false;
  if (COMMON.has(method)) return true;
  const line = trimEnd(buf, pos, lineEnd(buf, pos, Math.min(end, pos + MAX_URI)));
  return line - pos > 10 && matches(buf, line - 8, line, 'HTTP/1.');
}

function isMethodByte(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || byte === 0x2d;
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
  let target = indexOf(buf, 0x20, method + 1, line);
  const isWhole = target >= 0;
  if (!isWhole) target = line;
  const version = isWhole ? latin1(buf, target + 1, trimEnd(buf, target + 1, line)) : '';
  return {
    method: latin1(buf, start, method),
    uri: printable(
      buf.subarray(method + 1, Math.min(trimEnd(buf, method + 1, target), method + 1 + MAX_URI)),
    ),
    version: version.startsWith('HTTP/') ? version.slice(5, 8) : '',
    ...parseFields(buf, line + 1, end),
  };
}

/** As `parseRequest`, for responses. */
export function parseResponse(buf: Uint8Array, start: number, end: number): ResponseHead | undefined {
  if (!startsResponse(buf, start, end) || end - start < 12) return undefined;
  const line = lineEnd(buf, start, end);
  const status = Number(latin1(buf, start + 9, Math.min(start + 12, line)));
  if (!Number.isInteger(status) || status < 100 || status > 999) return undefined;
  const from = Math.min(start + 13, line);
  const to = Math.min(trimEnd(buf, from, line), from + MAX_FIELD);
  return {
    version: latin1(buf, start + 5, start + 8),
    status,
    message: to > from ? printable(buf.subarray(from, to)) : null,
    ...parseFields(buf, line + 1, end),
  };
}

function parseFields(buf: Uint8Array, start: number, end: number): Fields {
  const fields: Fields = { host: null, userAgent: null, contentLength: null, chunked: false, upgrade: null };
  for (let pos = start; pos < end; ) {
    const line = lineEnd(buf, pos, end);
    const colon = indexOf(buf, 0x3a, pos, line);
    if (colon > pos) readField(fields, buf, pos, colon, line);
    pos = line + 1;
  }
  return fields;
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
      if (isName(buf, start, 'content-length')) fields.contentLength = length(value(buf, colon + 1, line));
      return;
    case 17:
      if (isName(buf, start, 'transfer-encoding')) {
        fields.chunked = value(buf, colon + 1, line)
          .toLowerCase()
          .endsWith('chunked');
      }
      return;
    default:
  }
}

function length(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function value(buf: Uint8Array, start: number, line: number): string {
  let from = start;
  while (from < line && (buf[from] === 0x20 || buf[from] === 0x09)) from++;
  return printable(buf.subarray(from, Math.min(trimEnd(buf, from, line), from + MAX_FIELD)));
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

function isName(buf: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++)
    if ((buf[start + i]! | 0x20) !== (name.charCodeAt(i) | 0x20)) return false;
  return true;
}
