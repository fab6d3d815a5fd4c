/** Ethernet (IEEE 802.3) and everything that an EtherType leads to. */
import { MAX_LAYERS, type Packet } from '../packet.ts';
import { decodeIp, decodeIpv4, decodeIpv6 } from './network.ts';

export function decodeEthernet(packet: Packet, at: number): boolean {
  if (packet.end - at < 14) return false;
  return decodeEtherType(packet, at + 14, (packet.bytes[at + 12]! << 8) | packet.bytes[at + 13]!);
}

const SNAP_HEADER = 8;

/** Decodes what begins at `at` and has this EtherType, or is this long (IEEE 802.3 with LLC). */
export function decodeEtherType(packet: Packet, at: number, etherType: number): boolean {
  if (etherType === 0x0800) return decodeIpv4(packet, at);
  if (etherType === 0x86dd) return decodeIpv6(packet, at);
  if (++packet.layers > MAX_LAYERS) return false;
  const bytes = packet.bytes;
  const left = packet.end - at;
  switch (etherType) {
    case 0x8100: // 802.1Q
    case 0x88a8: // 802.1ad
    case 0x9100: // QinQ before its standard
    case 0x9200:
      if (left < 4) return false;
      tag(packet, ((bytes[at]! << 8) | bytes[at + 1]!) & 0xfff);
      return decodeEtherType(packet, at + 4, (bytes[at + 2]! << 8) | bytes[at + 3]!);
    case 0x8926: // VN-tag
      if (left < 6) return false;
      return decodeEtherType(packet, at + 6, (bytes[at + 4]! << 8) | bytes[at + 5]!);
    case 0x8847: // MPLS
    case 0x8848:
      return decodeMpls(packet, at);
    case 0x8864: // PPPoE session (RFC 2516)
      if (left < 8) return false;
      return decodePpp(packet, at + 6);
    case 0x6558: // transparent Ethernet bridging
      return decodeEthernet(packet, at);
    case 0x880b: // PPP over GRE
      return decodePpp(packet, at);
    case 0x8903: // Cisco FabricPath: its tag, then the frame
      return decodeEthernet(packet, at + 2);
    case 0x88e7: // provider backbone bridging (IEEE 802.1ah): a service tag, then the frame
      return decodeEthernet(packet, at + 4);
    case 0x22f3: // TRILL
      if (left < 6) return false;
      return decodeEthernet(packet, at + 6 + ((((bytes[at]! & 7) << 2) | (bytes[at + 1]! >> 6)) << 2));
    case 0x894f:
      return decodeNsh(packet, at);
    case 0x88be: // ERSPAN type II (version 1) without the GRE around it
      if (left < 8 || bytes[at]! >> 4 !== 1) return false;
      return decodeEthernet(packet, at + 8);
    case 0x8909: // Cisco metadata
      if (left < 8) return false;
      return decodeEtherType(packet, at + 8, (bytes[at + 6]! << 8) | bytes[at + 7]!);
    default:
      return etherType <= 1500 && decodeSnap(packet, at);
  }
}

/** LLC with SNAP (RFC 1042), or LLC with the service access point of IP. */
export function decodeSnap(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < SNAP_HEADER) return false;
  if (bytes[at] === 0xaa && bytes[at + 1] === 0xaa) {
    return decodeEtherType(packet, at + SNAP_HEADER, (bytes[at + 6]! << 8) | bytes[at + 7]!);
  }
  if (bytes[at] === 0x06 && bytes[at + 1] === 0x06) return decodeIp(packet, at + 3);
  return false;
}

function tag(packet: Packet, vlan: number): void {
  if (packet.vlan === -1) packet.vlan = vlan;
  else if (packet.innerVlan === -1) packet.innerVlan = vlan;
}

/** RFC 3032: a stack of labels, and no word on what is inside; IP and Ethernet pseudowires are told by looks. */
function decodeMpls(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  let inner = at;
  for (;;) {
    if (packet.end - inner < 4 || ++packet.layers > MAX_LAYERS) return false;
    const bottom = (bytes[inner + 2]! & 1) !== 0;
    inner += 4;
    if (bottom) break;
  }
  if (inner >= packet.end) return false;
  const nibble = bytes[inner]! >> 4;
  if (nibble === 4 || nibble === 6) return decodeIp(packet, inner);
  // RFC 4385: a control word begins with a zero nibble.
  return (nibble === 0 && decodeEthernet(packet, inner + 4)) || decodeEthernet(packet, inner);
}

/** Network Service Header (RFC 8300): its length in words of four bytes, and the protocol of what it steers. */
export function decodeNsh(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < 8 || ++packet.layers > MAX_LAYERS) return false;
  const length = (bytes[at + 1]! & 0x3f) << 2;
  if (length < 8) return false;
  const inner = at + length;
  switch (bytes[at + 3]) {
    case 1:
      return decodeIpv4(packet, inner);
    case 2:
      return decodeIpv6(packet, inner);
    case 3:
      return decodeEthernet(packet, inner);
    case 4:
      return decodeNsh(packet, inner);
    case 5:
      return decodeMpls(packet, inner);
    default:
      return false;
  }
}

/** RFC 1661, with or without the address and control fields of HDLC framing (RFC 1662). */
export function decodePpp(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  let header = at;
  if (packet.end - header >= 4 && bytes[header] === 0xff && bytes[header + 1] === 0x03) header += 2;
  if (packet.end - header < 2) return false;
  let protocol = bytes[header]!;
  if ((protocol & 1) !== 0) header += 1;
  else {
    protocol = (protocol << 8) | bytes[header + 1]!;
    header += 2;
  }
  if (protocol === 0x0021) return decodeIpv4(packet, header);
  if (protocol === 0x0057) return decodeIpv6(packet, header);
  if (protocol === 0x0281) return ++packet.layers <= MAX_LAYERS && decodeMpls(packet, header);
  return false;
}
