/** IEEE 802.11 data frames, and the headers that capturing puts in front of them. */
import type { Packet } from '../packet.ts';
import { decodeSnap } from './ethernet.ts';

/** https://www.radiotap.org/ */
export function decodeRadiotap(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < 8 || bytes[at] !== 0) return false;
  const length = bytes[at + 2]! | (bytes[at + 3]! << 8);
  return length >= 8 && decodeWireless(packet, at + length);
}

const PRISM_LENGTH = 144;

export function decodePrism(packet: Packet, at: number): boolean {
  if (packet.end - at < PRISM_LENGTH) return false;
  return decodeWireless(packet, at + PRISM_LENGTH);
}

/** Per-Packet Information: version, flags, length, link type, then fields (CACE, 2008). */
export function decodePpi(
  packet: Packet,
  at: number,
  linkDecoder: (linkType: number) => ((packet: Packet, at: number) => boolean) | undefined,
): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < 8) return false;
  const length = bytes[at + 2]! | (bytes[at + 3]! << 8);
  const linkType = bytes[at + 4]! | (bytes[at + 5]! << 8);
  if (length < 8 || linkType === 192) return false;
  return linkDecoder(linkType)?.(packet, at + length) ?? false;
}

/** By the first byte of the frame control: data of protocol version 0. */
export function isDataFrame(control: number): boolean {
  return (control & 0x0f) === 0x08;
}

/** IEEE 802.11-2020, 9.2.3: only data frames in clear hold packets. */
export function decodeWireless(packet: Packet, at: number): boolean {
  if (packet.end - at < 24) return false;
  return decodeFrame(packet, at, packet.bytes[at]!, packet.bytes[at + 1]!);
}

/** As decodeWireless, of a frame whose sender put the two bytes of the frame control the other way round. */
export function decodeSwappedWireless(packet: Packet, at: number): boolean {
  if (packet.end - at < 24) return false;
  return decodeFrame(packet, at, packet.bytes[at + 1]!, packet.bytes[at]!);
}

function decodeFrame(packet: Packet, at: number, control: number, flags: number): boolean {
  const bytes = packet.bytes;
  const subtype = control >> 4;
  const holdsNothing = (subtype & 4) !== 0;
  const isProtected = (flags & 0x40) !== 0;
  if (!isDataFrame(control) || holdsNothing || isProtected) return false;
  let header = 24;
  if ((flags & 3) === 3) header += 6; // fourth address between access points
  if ((subtype & 8) !== 0) {
    if (at + header + 2 > packet.end) return false;
    const isAggregate = (bytes[at + header]! & 0x80) !== 0;
    header += 2;
    if ((flags & 0x80) !== 0) header += 4; // high throughput control
    if (isAggregate) header += 14; // the first subframe of an A-MSDU
  }
  return decodeSnap(packet, at + header);
}
