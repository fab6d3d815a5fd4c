/** Community ID v1 (https://github.com/corelight/community-id-spec), seed 0. */
import {
  PROTOCOL_ICMP,
  PROTOCOL_ICMP6,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../../../../pcap/protocols';
import * as row from '../../../engine/row';
import { MESSAGE_AT, STANDS_ALONE_AT } from '../../../kernel/layout';

// Of SHA-1 (FIPS 180-4): one block, as the longest input (IPv6) is 40 bytes; and its schedule of 80 words.
const BLOCK: i32 = MESSAGE_AT;
const BLOCK_BYTES: i32 = 64;
const SCHEDULE: i32 = MESSAGE_AT + BLOCK_BYTES;

/** Puts the id of the flow in the record at `record` to `to`, COMMUNITY_ID_WIDTH bytes. */
export function writeCommunityId(record: i32, to: i32): void {
  const kind = integer(record, row.KIND);
  const protocol = kind & 255;
  const isIpv4 = kind >> 8 === 4;
  const ports = integer(record, row.PORTS);
  const first = <i32>(<u32>ports >> 16);
  const second = ports & 0xffff;
  const isIcmp = protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMP6;
  const inOrder = (isIcmp && standsAlone(protocol, first)) || comesFirst(record, isIpv4, first, second);
  memory.fill(BLOCK, 0, BLOCK_BYTES);
  let at = BLOCK + 2;
  at = putHost(record, isIpv4, inOrder, at);
  at = putHost(record, isIpv4, !inOrder, at);
  store<u8>(at, <u8>protocol);
  at += 2;
  if (isIcmp || protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP || protocol === PROTOCOL_SCTP) {
    store<u16>(at, bswap(<u16>(inOrder ? first : second)));
    store<u16>(at, bswap(<u16>(inOrder ? second : first)), 2);
    at += 4;
  }
  writeDigest(at - BLOCK, to);
}

function integer(record: i32, field: i32): i32 {
  return load<i32>(record + (field << 2));
}

/** Whether an ICMP type is neither question nor answer; as the callers say. */
function standsAlone(protocol: i32, type: i32): bool {
  return load<u8>(STANDS_ALONE_AT + (protocol === PROTOCOL_ICMP ? 0 : 256) + (type & 255)) !== 0;
}

function word(record: i32, isOrig: bool, number: i32): u32 {
  if (number === 0) return integer(record, isOrig ? row.ORIG_ADDRESS : row.RESP_ADDRESS);
  return integer(record, (isOrig ? row.ORIG_TAIL : row.RESP_TAIL) + number - 1);
}

function comesFirst(record: i32, isIpv4: bool, first: i32, second: i32): bool {
  const words = isIpv4 ? 1 : 4;
  for (let number = 0; number < words; number++) {
    const orig = word(record, true, number);
    const resp = word(record, false, number);
    if (orig !== resp) return orig < resp;
  }
  return first < second;
}

function putHost(record: i32, isIpv4: bool, isOrig: bool, to: i32): i32 {
  const words = isIpv4 ? 1 : 4;
  for (let number = 0; number < words; number++) {
    store<u32>(to + (number << 2), bswap(word(record, isOrig, number)));
  }
  return to + (words << 2);
}

function scheduled(number: i32): u32 {
  return load<u32>(SCHEDULE + (number << 2));
}

/** The id whose SHA-1 is that of the first `length` bytes of the block, at most 55. */
function writeDigest(length: i32, to: i32): void {
  store<u8>(BLOCK + length, 0x80);
  store<u16>(BLOCK + 62, bswap(<u16>(length * 8)));
  for (let t = 0; t < 16; t++) store<u32>(SCHEDULE + (t << 2), bswap(load<u32>(BLOCK + (t << 2))));
  for (let t = 16; t < 80; t++) {
    const mixed = scheduled(t - 3) ^ scheduled(t - 8) ^ scheduled(t - 14) ^ scheduled(t - 16);
    store<u32>(SCHEDULE + (t << 2), rotl<u32>(mixed, 1));
  }
  let a: u32 = 0x67452301;
  let b: u32 = 0xefcdab89;
  let c: u32 = 0x98badcfe;
  let d: u32 = 0x10325476;
  let e: u32 = 0xc3d2e1f0;
  // Four loops instead of a choice in each of the 80 rounds.
  for (let t = 0; t < 20; t++) {
    const next = rotl<u32>(a, 5) + ((b & c) | (~b & d)) + 0x5a827999 + e + scheduled(t);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  for (let t = 20; t < 40; t++) {
    const next = rotl<u32>(a, 5) + (b ^ c ^ d) + 0x6ed9eba1 + e + scheduled(t);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  for (let t = 40; t < 60; t++) {
    const next = rotl<u32>(a, 5) + ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc + e + scheduled(t);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  for (let t = 60; t < 80; t++) {
    const next = rotl<u32>(a, 5) + (b ^ c ^ d) + 0xca62c1d6 + e + scheduled(t);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  writeText(to, a + 0x67452301, b + 0xefcdab89, c + 0x98badcfe, d + 0x10325476, e + 0xc3d2e1f0);
}

/** "1:" and base 64: thirteen pairs of digits, one for the last four bits, "=". */
function writeText(to: i32, a: u32, b: u32, c: u32, d: u32, e: u32): void {
  store<u8>(to, 0x31);
  store<u8>(to, 0x3a, 1);
  putPair(to + 2, a >> 20);
  putPair(to + 4, a >> 8);
  putPair(to + 6, (a << 4) | (b >> 28));
  putPair(to + 8, b >> 16);
  putPair(to + 10, b >> 4);
  putPair(to + 12, (b << 8) | (c >> 24));
  putPair(to + 14, c >> 12);
  putPair(to + 16, c);
  putPair(to + 18, d >> 20);
  putPair(to + 20, d >> 8);
  putPair(to + 22, (d << 4) | (e >> 28));
  putPair(to + 24, e >> 16);
  putPair(to + 26, e >> 4);
  store<u8>(to, <u8>digitOf((e << 2) & 63), 28);
  store<u8>(to, 0x3d, 29);
}

/** Two digits for 12 bits. */
function putPair(to: i32, bits: u32): void {
  store<u8>(to, <u8>digitOf((bits >> 6) & 63));
  store<u8>(to, <u8>digitOf(bits & 63), 1);
}

/** RFC 4648: upper case, lower case, digits, "+", "/". */
function digitOf(value: i32): i32 {
  if (value < 26) return 0x41 + value;
  if (value < 52) return 0x47 + value;
  if (value < 62) return value - 4;
  return value === 62 ? 0x2b : 0x2f;
}
