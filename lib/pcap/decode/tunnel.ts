/** Packets in packets: the inner one becomes the flow, the outer one is remembered. */
import { MAX_LAYERS, MAX_TUNNELS, type Packet } from '../packet.ts';
import { decodeCapwap } from './capwap.ts';
import { decodeEthernet, decodeEtherType, decodeNsh } from './ethernet.ts';
import { decodeIp } from './network.ts';
import { decodeWireless } from './wireless.ts';

export const TUNNEL_IPIP = 0;
export const TUNNEL_GRE = 1;
export const TUNNEL_ERSPAN = 2;
export const TUNNEL_VXLAN = 3;
export const TUNNEL_GENEVE = 4;
export const TUNNEL_GTP = 5;
export const TUNNEL_TEREDO = 6;
export const TUNNEL_AYIYA = 7;
export const TUNNEL_CAPWAP = 8;
export const TUNNEL_NAMES = [
  ...['ipip', 'gre', 'erspan', 'vxlan', 'geneve', 'gtp', 'teredo', 'ayiya', 'capwap'],
] as const;

/** The decoder's position, to come back to the outer packet when the inner one makes no sense. */
interface Outer {
  end: number;
  wireEnd: number;
  version: number;
  network: number;
  source: number;
  destination: number;
  ipLength: number;
  identification: number;
  ttl: number;
  protocol: number;
  transport: number;
  sourcePort: number;
  destinationPort: number;
  payload: number;
  payloadLength: number;
  hasTransport: boolean;
}

export function save(packet: Packet): Outer {
  const { end, wireEnd, version, network, source, destination, ipLength, identification, ttl } = packet;
  const { protocol, transport, sourcePort, destinationPort, payload, payloadLength, hasTransport } = packet;
  return {
    ...{ end, wireEnd, version, network, source, destination, ipLength, identification, ttl },
    ...{ protocol, transport, sourcePort, destinationPort, payload, payloadLength, hasTransport },
  };
}

function enter(
  packet: Packet,
  kind: number,
  identifier: number,
  decode: (packet: Packet, at: number) => boolean,
  at: number,
): void {
  const depth = packet.tunnelDepth;
  if (depth >= MAX_TUNNELS || ++packet.layers > MAX_LAYERS || at >= packet.end) return;
  const outer = save(packet);
  packet.tunnelKind[depth] = kind;
  packet.tunnelNetwork[depth] = packet.network;
  packet.tunnelId[depth] = identifier;
  packet.tunnelDepth = depth + 1;
  if (decode(packet, at)) return;
  Object.assign(packet, outer);
  packet.fragment = -1;
  packet.moreFragments = false;
  packet.tunnelDepth = depth;
}

const PROTOCOL_IPIP = 4;
const PROTOCOL_6IN4 = 41;
const PROTOCOL_GRE = 47;

export function enterIpTunnel(packet: Packet, at: number, protocol: number): void {
  if (protocol === PROTOCOL_IPIP || protocol === PROTOCOL_6IN4) enter(packet, TUNNEL_IPIP, 0, decodeIp, at);
  else if (protocol === PROTOCOL_GRE) enterGre(packet, at);
}

/** GRE (RFC 2784, 2890), enhanced GRE for PPTP (RFC 2637), ERSPAN I to III over it. */
function enterGre(packet: Packet, at: number): void {
  const bytes = packet.bytes;
  if (packet.end - at < 4) return;
  const flags = (bytes[at]! << 8) | bytes[at + 1]!;
  const etherType = (bytes[at + 2]! << 8) | bytes[at + 3]!;
  const version = flags & 7;
  if (version > 1 || (flags & 0x4000) !== 0) return; // source routing is gone (RFC 2784)
  let header = at + 4;
  let key = 0;
  if ((flags & 0x8000) !== 0) header += 4;
  if ((flags & 0x2000) !== 0) {
    key = word(packet, header);
    header += 4;
  }
  if ((flags & 0x1000) !== 0) header += 4;
  if (version === 1 && (flags & 0x0080) !== 0) header += 4;
  if (etherType === 0x88be || etherType === 0x22eb) {
    const isFirstType = etherType === 0x88be && (flags & 0x1000) === 0;
    const length = isFirstType ? 0 : etherType === 0x88be ? 8 : 12;
    let inner = header + length;
    // ERSPAN III: the last bit announces a platform specific subheader of 8 bytes.
    if (etherType === 0x22eb && inner <= packet.end && (bytes[inner - 1]! & 1) !== 0) inner += 8;
    const session = length > 0 ? word(packet, header) & 0x3ff : 0;
    enter(packet, TUNNEL_ERSPAN, session, decodeEthernet, inner);
    return;
  }
  const decode = isAruba(etherType)
    ? decodeWireless
    : (inner: Packet, start: number) => decodeEtherType(inner, start, etherType);
  enter(packet, TUNNEL_GRE, key, decode, header);
}

/** Aruba's access points put IEEE 802.11 frames into GRE. */
function isAruba(etherType: number): boolean {
  return etherType === 0x9000 || (etherType >= 0x8200 && etherType <= 0x8370 && (etherType & 0x0f) === 0);
}

const PORT_VXLAN = 4789;
const PORT_VXLAN_LINUX = 8472; // what the kernel, flannel and Cilium use
const PORT_VXLAN_GPE = 4790;
const PORT_GENEVE = 6081;
const PORT_GRE = 4754; // RFC 8086
const PORT_GTP_USER = 2152;
const PORT_TEREDO = 3544;
const PORT_AYIYA = 5072;
const PORT_CAPWAP_DATA = 5247;
const TEREDO_PREFIX = 0x2001_0000;

export function enterUdpTunnel(packet: Packet, at: number): void {
  const port = packet.destinationPort;
  if (port === PORT_VXLAN || port === PORT_VXLAN_LINUX) enterVxlan(packet, at);
  else if (port === PORT_VXLAN_GPE) enterVxlanGpe(packet, at);
  else if (port === PORT_GRE) enterGre(packet, at);
  else if (port === PORT_GENEVE) enterGeneve(packet, at);
  else if (port === PORT_GTP_USER || packet.sourcePort === PORT_GTP_USER) enterGtp(packet, at);
  else if (port === PORT_AYIYA || packet.sourcePort === PORT_AYIYA) enterAyiya(packet, at);
  else if (port === PORT_CAPWAP_DATA || packet.sourcePort === PORT_CAPWAP_DATA) {
    enter(packet, TUNNEL_CAPWAP, 0, decodeCapwap, at);
  } else if (isTeredo(packet, at)) enterTeredo(packet, at);
}

/** RFC 7348. */
function enterVxlan(packet: Packet, at: number): void {
  if (packet.end - at < 8 || (packet.bytes[at]! & 0x08) === 0) return;
  enter(packet, TUNNEL_VXLAN, word(packet, at + 4) >>> 8, decodeEthernet, at + 8);
}

/** draft-ietf-nvo3-vxlan-gpe: like VXLAN, with the protocol of what is inside. */
function enterVxlanGpe(packet: Packet, at: number): void {
  const bytes = packet.bytes;
  if (packet.end - at < 8 || (bytes[at]! & 0x08) === 0) return;
  const decode = [undefined, decodeIp, decodeIp, decodeEthernet, decodeNsh][bytes[at + 3]!];
  if (decode !== undefined) enter(packet, TUNNEL_VXLAN, word(packet, at + 4) >>> 8, decode, at + 8);
}

/** RFC 8926. */
function enterGeneve(packet: Packet, at: number): void {
  const bytes = packet.bytes;
  if (packet.end - at < 8 || bytes[at]! >> 6 !== 0) return;
  const etherType = (bytes[at + 2]! << 8) | bytes[at + 3]!;
  const inner = at + 8 + ((bytes[at]! & 0x3f) << 2);
  const decode = (tunnelled: Packet, start: number) => decodeEtherType(tunnelled, start, etherType);
  enter(packet, TUNNEL_GENEVE, word(packet, at + 4) >>> 8, decode, inner);
}

/** GTP-U version 1 (3GPP TS 29.281), user data only. */
function enterGtp(packet: Packet, at: number): void {
  const bytes = packet.bytes;
  if (packet.end - at < 8) return;
  const flags = bytes[at]!;
  if (flags >> 5 !== 1 || (flags & 0x10) === 0 || bytes[at + 1] !== 255) return;
  let inner = at + 8;
  if ((flags & 7) !== 0) {
    inner += 4;
    let extension = (flags & 4) !== 0 ? (bytes[inner - 1] ?? 0) : 0;
    for (let count = 0; extension !== 0 && count < 8 && inner < packet.end; count++) {
      const length = bytes[inner]! << 2;
      if (length === 0) return;
      extension = bytes[inner + length - 1] ?? 0;
      inner += length;
    }
  }
  enter(packet, TUNNEL_GTP, word(packet, at + 4), decodeIp, inner);
}

/**
 * To or from a Teredo server, or a whole IPv6 packet of which one end has a Teredo address: clients and relays
 * speak to each other from any port.
 */
function isTeredo(packet: Packet, at: number): boolean {
  if (packet.destinationPort === PORT_TEREDO || packet.sourcePort === PORT_TEREDO) return true;
  const bytes = packet.bytes;
  if (packet.end - at < 40 || bytes[at]! >> 4 !== 6) return false;
  const length = ((bytes[at + 4]! << 8) | bytes[at + 5]!) + 40;
  const hasTeredoAddress = word(packet, at + 8) === TEREDO_PREFIX || word(packet, at + 24) === TEREDO_PREFIX;
  return length === packet.payloadLength && hasTeredoAddress;
}

/** RFC 4380: an IPv6 packet, after an optional authentication and an optional origin indication. */
function enterTeredo(packet: Packet, at: number): void {
  const bytes = packet.bytes;
  let inner = at;
  if (packet.end - inner >= 4 && bytes[inner] === 0 && bytes[inner + 1] === 1) {
    inner += 13 + bytes[inner + 2]! + bytes[inner + 3]!;
  }
  if (packet.end - inner >= 8 && bytes[inner] === 0 && bytes[inner + 1] === 0) inner += 8;
  if (packet.end - inner < 40 || bytes[inner]! >> 4 !== 6) return;
  enter(packet, TUNNEL_TEREDO, 0, decodeIp, inner);
}

const AYIYA_FORWARD = 1;

/** draft-massar-v6ops-ayiya: lengths of identity and signature, then both, then the packet that is forwarded. */
function enterAyiya(packet: Packet, at: number): void {
  const bytes = packet.bytes;
  if (packet.end - at < 8 || (bytes[at + 2]! & 15) !== AYIYA_FORWARD) return;
  const protocol = bytes[at + 3]!;
  if (protocol !== PROTOCOL_IPIP && protocol !== PROTOCOL_6IN4) return;
  const identity = 1 << (bytes[at]! >> 4);
  const signature = (bytes[at + 1]! >> 4) << 2;
  enter(packet, TUNNEL_AYIYA, 0, decodeIp, at + 8 + identity + signature);
}

function word(packet: Packet, at: number): number {
  if (at + 4 > packet.end) return 0;
  const bytes = packet.bytes;
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
