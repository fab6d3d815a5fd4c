/** Long headers of QUIC (RFC 9000 section 17.2, RFC 9369, RFC 8999). */

import { u32 } from '../bytes.ts';

export type PacketType = 'initial' | '0-rtt' | 'handshake' | 'retry' | 'version negotiation';

export interface LongPacket {
  type: PacketType;
  version: number;
  destination: Uint8Array; // connection id
  /** Where the protected packet number begins; 0 for packets without. */
  packetNumber: number;
  /** Where the packet ends by its own word; may lie behind the bytes that are there. */
  end: number;
}

export const VERSION_1 = 1;
export const VERSION_2 = 0x6b3343cf;
const MAX_CONNECTION_ID = 20;

const TYPES_1: readonly PacketType[] = ['initial', '0-rtt', 'handshake', 'retry'];
const TYPES_2: readonly PacketType[] = ['retry', 'initial', '0-rtt', 'handshake']; // RFC 9369 section 3.2

/** Version 1 and 2, and the drafts that share the wire format of version 1. */
function isKnownVersion(version: number): boolean {
  return version === VERSION_1 || version === VERSION_2 || isDraft(version);
}

function isDraft(version: number): boolean {
  return version >= 0xff000017 && version <= 0xff000022; // draft-23 to draft-34
}

/** The packet at `start`, undefined when it is no long header of a version known here. */
export function parseLongPacket(buf: Uint8Array, start: number, end: number): LongPacket | undefined {
  if (end - start < 7 || (buf[start]! & 0x80) === 0) return undefined;
  const version = u32(buf, start + 1);
  const destinationEnd = start + 6 + buf[start + 5]!;
  if (buf[start + 5]! > MAX_CONNECTION_ID || destinationEnd >= end) return undefined;
  const sourceEnd = destinationEnd + 1 + buf[destinationEnd]!;
  if (buf[destinationEnd]! > MAX_CONNECTION_ID || sourceEnd > end) return undefined;
  const destination = buf.subarray(start + 6, destinationEnd);
  if (version === 0) return { type: 'version negotiation', version, destination, packetNumber: 0, end };
  if (!isKnownVersion(version) || (buf[start]! & 0x40) === 0) return undefined;
  const type = (version === VERSION_2 ? TYPES_2 : TYPES_1)[(buf[start]! >> 4) & 3]!;
  if (type === 'retry') return { type, version, destination, packetNumber: 0, end };
  const afterToken = type === 'initial' ? skipToken(buf, sourceEnd, end) : sourceEnd;
  const length = afterToken < 0 ? undefined : varint(buf, afterToken, end);
  if (length === undefined) return undefined;
  const packetNumber = afterToken + varintSize(buf[afterToken]!);
  return { type, version, destination, packetNumber, end: packetNumber + length };
}

function skipToken(buf: Uint8Array, start: number, end: number): number {
  const length = varint(buf, start, end);
  if (length === undefined) return -1;
  const after = start + varintSize(buf[start]!) + length;
  return after < end ? after : -1;
}

/** A variable-length integer (RFC 9000 section 16); undefined when it is cut. */
export function varint(buf: Uint8Array, at: number, end: number): number | undefined {
  if (at >= end) return undefined;
  const size = varintSize(buf[at]!);
  if (at + size > end) return undefined;
  let value = buf[at]! & 0x3f;
  for (let i = 1; i < size; i++) value = value * 256 + buf[at + i]!;
  return value;
}

export function varintSize(first: number): number {
  return 1 << (first >> 6);
}
