/** IPv4 (RFC 791), IPv6 (RFC 8200) with extension headers, and the transport headers inside. */
import { MAX_LAYERS, type Packet } from '../packet.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMP6, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP } from '../protocols.ts';
import { enterIpTunnel, enterUdpTunnel, save } from './tunnel.ts';

/** Decodes an IP packet of either version that begins at `at`; false when it is neither. */
export function decodeIp(packet: Packet, at: number): boolean {
  if (at >= packet.end || ++packet.layers > MAX_LAYERS) return false;
  const version = packet.bytes[at]! >> 4;
  if (version === 4) return decodeIpv4(packet, at);
  if (version === 6) return decodeIpv6(packet, at);
  return false;
}

export function decodeIpv4(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < 20) return false;
  const first = bytes[at]!;
  const headerLength = (first & 15) << 2;
  if (first >> 4 !== 4 || headerLength < 20) return false;
  let length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
  // 0 is what segmentation offload leaves on packets longer than 65,535 bytes (or captured before it).
  if (length === 0) length = packet.wireEnd - at;
  if (length < headerLength) return false;
  packet.version = 4;
  packet.network = at;
  packet.source = at + 12;
  packet.destination = at + 16;
  packet.ipLength = length;
  packet.identification = (bytes[at + 4]! << 8) | bytes[at + 5]!;
  packet.ttl = bytes[at + 8]!;
  const fragment = (bytes[at + 6]! << 8) | bytes[at + 7]!;
  packet.moreFragments = (fragment & 0x2000) !== 0;
  packet.fragment = (fragment & 0x3fff) === 0 ? -1 : (fragment & 0x1fff) << 3;
  trim(packet, at + length);
  packet.protocol = bytes[at + 9]!;
  return decodeTransport(packet, at + headerLength, packet.protocol);
}

/** What Ethernet adds to an IPv6 header that stands alone is less. */
const MAX_PADDING = 19;

export function decodeIpv6(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < 40 || bytes[at]! >> 4 !== 6) return false;
  let length = (bytes[at + 4]! << 8) | bytes[at + 5]!;
  const left = packet.wireEnd - at - 40;
  if (length === 0 && left > MAX_PADDING) length = left; // jumbogram, offload
  packet.version = 6;
  packet.network = at;
  packet.source = at + 8;
  packet.destination = at + 24;
  packet.ipLength = length + 40;
  packet.identification = 0;
  packet.ttl = bytes[at + 7]!;
  packet.fragment = -1;
  packet.moreFragments = false;
  trim(packet, at + 40 + length);

  let next = bytes[at + 6]!;
  let header = at + 40;
  while (isExtension(next)) {
    if (packet.end - header < 8 || ++packet.layers > MAX_LAYERS) break;
    const following = bytes[header]!;
    if (next === EXTENSION_FRAGMENT) {
      const field = (bytes[header + 2]! << 8) | bytes[header + 3]!;
      packet.identification =
        (bytes[header + 4]! << 24) |
        (bytes[header + 5]! << 16) |
        (bytes[header + 6]! << 8) |
        bytes[header + 7]!;
      packet.moreFragments = (field & 1) !== 0;
      // An atomic fragment (RFC 6946) is a whole packet.
      packet.fragment = (field & 0xfff9) === 0 ? -1 : field & 0xfff8;
      header += 8;
    } else if (next === EXTENSION_AUTHENTICATION) {
      header += (bytes[header + 1]! + 2) << 2;
    } else {
      header += (bytes[header + 1]! + 1) << 3;
    }
    next = following;
    if (packet.fragment > 0) break;
  }
  packet.protocol = next;
  return decodeTransport(packet, header, next);
}

const EXTENSION_FRAGMENT = 44;
const EXTENSION_AUTHENTICATION = 51;

/** Hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, shim6. */
function isExtension(protocol: number): boolean {
  return (
    protocol === 0 ||
    protocol === 43 ||
    protocol === EXTENSION_FRAGMENT ||
    protocol === EXTENSION_AUTHENTICATION ||
    protocol === 60 ||
    protocol === 135 ||
    protocol === 139 ||
    protocol === 140
  );
}

/** What follows the IP packet is padding of the link. */
function trim(packet: Packet, end: number): void {
  packet.wireEnd = end;
  if (packet.end > end) packet.end = end;
}

function decodeTransport(packet: Packet, at: number, protocol: number): boolean {
  const bytes = packet.bytes;
  packet.transport = at;
  packet.hasTransport = false;
  packet.sourcePort = 0;
  packet.destinationPort = 0;
  packet.payload = at;
  packet.payloadLength = packet.wireEnd > at ? packet.wireEnd - at : 0;
  if (packet.fragment > 0) return true;
  const captured = packet.end - at;
  switch (protocol) {
    case PROTOCOL_TCP: {
      if (captured < 4) return true;
      packet.sourcePort = (bytes[at]! << 8) | bytes[at + 1]!;
      packet.destinationPort = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      if (captured < 16) return true;
      packet.sequence =
        (bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!;
      packet.acknowledgement =
        (bytes[at + 8]! << 24) | (bytes[at + 9]! << 16) | (bytes[at + 10]! << 8) | bytes[at + 11]!;
      packet.flags = bytes[at + 13]!;
      packet.window = (bytes[at + 14]! << 8) | bytes[at + 15]!;
      const headerLength = (bytes[at + 12]! >> 4) << 2;
      if (headerLength < 20) return true;
      setPayload(packet, at + headerLength);
      packet.hasTransport = true;
      return true;
    }
    case PROTOCOL_UDP: {
      if (captured < 8) {
        if (captured >= 4) setPorts(packet, at);
        return true;
      }
      setPorts(packet, at);
      setPayload(packet, at + 8);
      packet.hasTransport = true;
      if (!packet.outerOnly && packet.fragment === -1) enterUdpTunnel(packet, at + 8);
      return true;
    }
    case PROTOCOL_SCTP:
      if (captured >= 4) setPorts(packet, at);
      if (captured >= 12) {
        setPayload(packet, at + 12);
        packet.hasTransport = true;
      }
      return true;
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMP6:
      if (captured < 2) return true;
      packet.sourcePort = bytes[at]!; // type
      packet.destinationPort = bytes[at + 1]!; // code
      setPayload(packet, at + 8);
      packet.hasTransport = true;
      return true;
    default:
      if (!packet.outerOnly && packet.fragment === -1) enterIpTunnel(packet, at, protocol);
      return true;
  }
}

function setPorts(packet: Packet, at: number): void {
  const bytes = packet.bytes;
  packet.sourcePort = (bytes[at]! << 8) | bytes[at + 1]!;
  packet.destinationPort = (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function setPayload(packet: Packet, at: number): void {
  packet.payload = at;
  packet.payloadLength = packet.wireEnd > at ? packet.wireEnd - at : 0;
}

/**
 * Goes from the first fragment of a datagram into the tunnel that it begins: the inner packet is like one that the
 * snap length cut. False, and nothing is changed, when it begins none, or one with fragments of its own.
 */
export function enterFragment(packet: Packet): boolean {
  const outer = save(packet);
  const depth = packet.tunnelDepth;
  packet.fragment = -1;
  decodeTransport(packet, packet.transport, packet.protocol);
  if (packet.tunnelDepth > depth && packet.fragment === -1) return true;
  Object.assign(packet, outer);
  packet.tunnelDepth = depth;
  packet.fragment = 0;
  packet.moreFragments = true;
  return false;
}

/** Makes `packet`, a fragment, the whole datagram: its IP header, then at `transport` what all fragments carry. */
export function reassembled(packet: Packet, whole: Uint8Array, transport: number): boolean {
  const shift = packet.network;
  packet.bytes = whole;
  packet.source -= shift;
  packet.destination -= shift;
  packet.network = 0;
  packet.end = whole.length;
  packet.wireEnd = whole.length;
  packet.ipLength = whole.length;
  packet.fragment = -1;
  packet.moreFragments = false;
  // What the first fragment does not show to be a tunnel stays a flow of the outer addresses.
  const { outerOnly } = packet;
  packet.outerOnly = true;
  const isDecoded = decodeTransport(packet, transport, packet.protocol);
  packet.outerOnly = outerOnly;
  return isDecoded;
}
