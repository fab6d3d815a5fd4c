/** The link layer of a capture, by its LINKTYPE number (https://www.tcpdump.org/linktypes.html). */
import type { Packet } from '../packet.ts';
import { decodeEthernet, decodeEtherType, decodePpp, decodeSnap } from './ethernet.ts';
import { decodeIp, decodeIpv4, decodeIpv6 } from './network.ts';
import { decodeNflog, decodePktap } from './nflog.ts';
import { decodePpi, decodePrism, decodeRadiotap, decodeWireless } from './wireless.ts';

export type LinkDecoder = (packet: Packet, at: number) => boolean;

interface LinkType {
  name: string;
  decode: LinkDecoder;
}

/** DLT_NULL and DLT_LOOP: address family in the byte order of the capturing, or of the network. */
function decodeNull(packet: Packet, at: number): boolean {
  return decodeIp(packet, at + 4);
}

/** https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html */
function decodeSll(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < 16) return false;
  packet.ifindex = -1;
  packet.packetType = (bytes[at]! << 8) | bytes[at + 1]!;
  return decodeLinuxProtocol(packet, at + 16, (bytes[at + 14]! << 8) | bytes[at + 15]!);
}

/** https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html */
function decodeSll2(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < 20) return false;
  packet.ifindex = (bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!;
  packet.packetType = bytes[at + 10]!;
  return decodeLinuxProtocol(packet, at + 20, (bytes[at]! << 8) | bytes[at + 1]!);
}

function decodeLinuxProtocol(packet: Packet, at: number, protocol: number): boolean {
  if (protocol === 0x0004) return decodeSnap(packet, at); // LINUX_SLL_P_802_2
  if (protocol === 0x0003) return decodeEthernet(packet, at);
  return protocol > 1500 && decodeEtherType(packet, at, protocol);
}

/** Cisco HDLC: like PPP in HDLC framing, with EtherTypes. */
function decodeCiscoHdlc(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < 4) return false;
  if (bytes[at] === 0xff && bytes[at + 1] === 0x03) return decodePpp(packet, at);
  return decodeEtherType(packet, at + 4, (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** PPP on a serial line, where Cisco's own framing may be instead: unicast or multicast, then a zero. */
function decodeSerial(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  const isCisco = packet.end - at >= 4 && (bytes[at] === 0x0f || bytes[at] === 0x8f) && bytes[at + 1] === 0;
  return isCisco ? decodeCiscoHdlc(packet, at) : decodePpp(packet, at);
}

/** Frame Relay (RFC 2427): an address that its last bit ends, then a network layer protocol or a Cisco EtherType. */
function decodeFrameRelay(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  let header = at;
  while (header < packet.end && (bytes[header]! & 1) === 0) header++;
  header++;
  if (packet.end - header < 4) return false;
  if (bytes[header] !== 0x03) {
    return decodeEtherType(packet, header + 2, (bytes[header]! << 8) | bytes[header + 1]!);
  }
  header += bytes[header + 1] === 0 ? 2 : 1; // padding
  const protocol = bytes[header];
  if (protocol === 0xcc) return decodeIpv4(packet, header + 1);
  if (protocol === 0x8e) return decodeIpv6(packet, header + 1);
  if (protocol !== 0x80 || packet.end - header < 6) return false; // SNAP
  return decodeEtherType(packet, header + 6, (bytes[header + 4]! << 8) | bytes[header + 5]!);
}

const LINK_TYPES = new Map<number, LinkType>([
  [0, { name: 'NULL', decode: decodeNull }],
  [1, { name: 'EN10MB', decode: decodeEthernet }],
  [9, { name: 'PPP', decode: decodeSerial }],
  [10, { name: 'FDDI', decode: (packet, at) => decodeSnap(packet, at + 13) }],
  [8, { name: 'SLIP', decode: (packet, at) => decodeIp(packet, at + 16) }], // direction, compressed header
  [12, { name: 'RAW', decode: decodeIp }], // DLT_RAW of most systems, seen in files
  [14, { name: 'RAW', decode: decodeIp }], // DLT_RAW of OpenBSD
  [50, { name: 'PPP_SERIAL', decode: decodeSerial }],
  [51, { name: 'PPP_ETHER', decode: (packet, at) => decodePpp(packet, at + 6) }],
  [101, { name: 'RAW', decode: decodeIp }],
  [104, { name: 'C_HDLC', decode: decodeCiscoHdlc }],
  [105, { name: 'IEEE802_11', decode: decodeWireless }],
  [107, { name: 'FRELAY', decode: decodeFrameRelay }],
  [108, { name: 'LOOP', decode: decodeNull }],
  [113, { name: 'LINUX_SLL', decode: decodeSll }],
  [119, { name: 'PRISM_HEADER', decode: decodePrism }],
  [127, { name: 'IEEE802_11_RADIO', decode: decodeRadiotap }],
  [149, { name: 'PKTAP', decode: (packet, at) => decodePktap(packet, at, linkDecoder) }],
  [166, { name: 'PPP_PPPD', decode: decodePpp }],
  [192, { name: 'PPI', decode: (packet, at) => decodePpi(packet, at, linkDecoder) }],
  [204, { name: 'PPP_WITH_DIR', decode: (packet, at) => decodePpp(packet, at + 1) }],
  [228, { name: 'IPV4', decode: decodeIpv4 }],
  [229, { name: 'IPV6', decode: decodeIpv6 }],
  [239, { name: 'NFLOG', decode: decodeNflog }],
  [258, { name: 'PKTAP', decode: (packet, at) => decodePktap(packet, at, linkDecoder) }],
  [276, { name: 'LINUX_SLL2', decode: decodeSll2 }],
]);

export function linkDecoder(linkType: number): LinkDecoder | undefined {
  return LINK_TYPES.get(linkType)?.decode;
}

/** As tcpdump names it, or its number. */
export function linkTypeName(linkType: number): string {
  return LINK_TYPES.get(linkType)?.name ?? `LINKTYPE_${linkType}`;
}

/** Fills `packet` from the captured bytes of one record; false when there is no IP packet to be found in it. */
export function decodePacket(
  packet: Packet,
  decode: LinkDecoder,
  bytes: Uint8Array,
  start: number,
  caplen: number,
  origlen: number,
): boolean {
  packet.bytes = bytes;
  packet.caplen = caplen;
  packet.origlen = origlen;
  packet.end = start + caplen;
  packet.wireEnd = start + origlen;
  packet.vlan = -1;
  packet.innerVlan = -1;
  packet.ifindex = 0;
  packet.packetType = 0;
  packet.version = 0;
  packet.fragment = -1;
  packet.hasTransport = false;
  packet.tunnelDepth = 0;
  packet.layers = 0;
  return decode(packet, start) && packet.version !== 0;
}
