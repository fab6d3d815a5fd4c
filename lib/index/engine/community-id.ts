/** Community ID v1 (https://github.com/corelight/community-id-spec), seed 0. */
import {
  PROTOCOL_ICMP,
  PROTOCOL_ICMP6,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../../pcap/protocols.ts';
import { readAddress } from './flow-table.ts';
import { icmpCounterpart } from './icmp.ts';
import { KIND, PORTS } from './row.ts';

/** One block of SHA-1: the longest input (IPv6) is 40 bytes. */
const block = new Int32Array(80);
const message = new Uint8Array(64);
const origWords = new Int32Array(4);
const respWords = new Int32Array(4);
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes of an id: version, colon, and 160 bits as 27 digits of base 64 and "=". */
export const COMMUNITY_ID_WIDTH = 30;

/** Writes the id of the flow whose row in `integers` begins at `base` to `out[at .. at + COMMUNITY_ID_WIDTH)`. */
export function writeCommunityId(integers: Int32Array, base: number, out: Uint8Array, at: number): void {
  const kind = integers[base + KIND]!;
  const protocol = kind & 255;
  const words = kind >> 8 === 4 ? 1 : 4;
  const ports = integers[base + PORTS]!;
  const first = ports >>> 16;
  const second = ports & 0xffff;
  readAddress(integers, base, 'orig', origWords);
  readAddress(integers, base, 'resp', respWords);
  const isIcmp = protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMP6;
  const isOneWay = isIcmp && icmpCounterpart(protocol, first) === -1;
  const inOrder = isOneWay || comesFirst(words, first, second);

  message.fill(0);
  let length = 2;
  length = putWords(inOrder ? origWords : respWords, words, length);
  length = putWords(inOrder ? respWords : origWords, words, length);
  message[length] = protocol;
  length += 2;
  if (isIcmp || protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP || protocol === PROTOCOL_SCTP) {
    const lowPort = inOrder ? first : second;
    const highPort = inOrder ? second : first;
    message[length] = lowPort >> 8;
    message[length + 1] = lowPort;
    message[length + 2] = highPort >> 8;
    message[length + 3] = highPort;
    length += 4;
  }
  writeSha1(length, out, at);
}

function comesFirst(words: number, first: number, second: number): boolean {
  for (let word = 0; word < words; word++) {
    const orig = origWords[word]! >>> 0;
    const resp = respWords[word]! >>> 0;
    if (orig !== resp) return orig < resp;
  }
  return first < second;
}

function putWords(from: Int32Array, words: number, to: number): number {
  let at = to;
  for (let word = 0; word < words; word++) {
    const value = from[word]!;
    message[at++] = value >>> 24;
    message[at++] = value >>> 16;
    message[at++] = value >>> 8;
    message[at++] = value;
  }
  return at;
}

/** The id whose SHA-1 (FIPS 180-4) is that of the first `length` bytes of `message`, at most 55. */
function writeSha1(length: number, out: Uint8Array, to: number): void {
  message[length] = 0x80;
  message[62] = (length * 8) >> 8;
  message[63] = length * 8;
  for (let t = 0; t < 16; t++) {
    const at = t * 4;
    block[t] = (message[at]! << 24) | (message[at + 1]! << 16) | (message[at + 2]! << 8) | message[at + 3]!;
  }
  for (let t = 16; t < 80; t++) {
    const mixed = block[t - 3]! ^ block[t - 8]! ^ block[t - 14]! ^ block[t - 16]!;
    block[t] = (mixed << 1) | (mixed >>> 31);
  }
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  let e = 0xc3d2e1f0 | 0;
  // Four loops instead of a choice in each of the 80 rounds.
  let next: number;
  for (let t = 0; t < 20; t++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + 0x5a827999 + e + block[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let t = 20; t < 40; t++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + 0x6ed9eba1 + e + block[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let t = 40; t < 60; t++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) - 0x70e44324 + e + block[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let t = 60; t < 80; t++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) - 0x359d3e2a + e + block[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  writeDigest(
    out,
    to,
    (a + 0x67452301) | 0,
    (b + 0xefcdab89) | 0,
    (c + 0x98badcfe) | 0,
    (d + 0x10325476) | 0,
    (e + 0xc3d2e1f0) | 0,
  );
}

const DIGITS = Uint8Array.from(BASE64, digit => digit.charCodeAt(0));

/** Two digits for 12 bits. */
function put(out: Uint8Array, at: number, bits: number): void {
  out[at] = DIGITS[(bits >> 6) & 63]!;
  out[at + 1] = DIGITS[bits & 63]!;
}

/** Thirteen pairs of digits, and one for the last four bits. */
function writeDigest(
  out: Uint8Array,
  at: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
): void {
  out[at] = 0x31; // "1:"
  out[at + 1] = 0x3a;
  put(out, at + 2, a >>> 20);
  put(out, at + 4, a >>> 8);
  put(out, at + 6, (a << 4) | (b >>> 28));
  put(out, at + 8, b >>> 16);
  put(out, at + 10, b >>> 4);
  put(out, at + 12, (b << 8) | (c >>> 24));
  put(out, at + 14, c >>> 12);
  put(out, at + 16, c);
  put(out, at + 18, d >>> 20);
  put(out, at + 20, d >>> 8);
  put(out, at + 22, (d << 4) | (e >>> 28));
  put(out, at + 24, e >>> 16);
  put(out, at + 26, e >>> 4);
  out[at + 28] = DIGITS[(e << 2) & 63]!;
  out[at + 29] = 0x3d; // "="
}
