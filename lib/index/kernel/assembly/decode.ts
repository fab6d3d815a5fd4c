/**
 * What most packets are: TCP or UDP over IPv4 without options or over IPv6 without extensions, behind a link layer whose
 * header has one length. As lib/pcap/decode has it, which decodes all others.
 */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../../pcap/protocols';
import { byte, half, word } from '../../assembly/bytes';
import { packet } from './packet';

const ETHER_TYPE_IPV4: i32 = 0x0800;
const ETHER_TYPE_IPV6: i32 = 0x86dd;
const MORE_OR_OFFSET: i32 = 0x3fff;

let headerLength: i32 = 0;
let etherTypeAt: i32 = -1;
let sll: i32 = 0;
let interfaceIndex: i32 = 0;

/** The link layer; its EtherType is at `etherType`, -1 for none; `version` of Linux's own header, or 0. */
export function useLink(length: i32, etherType: i32, version: i32, index: i32): void {
  headerLength = length;
  etherTypeAt = etherType;
  sll = version;
  interfaceIndex = index;
}

/** The interface of the file on which packets are seen now. */
export function currentInterface(): i32 {
  return interfaceIndex;
}

/** Fills `packet` from the bytes at `start`; false where they have to be looked at more closely. */
export function decode(start: i32, caplen: i32, origlen: i32): bool {
  const network = start + headerLength;
  const captured = start + caplen;
  if (captured - network < 20) return false;
  const version = byte(network) >> 4;
  if (etherTypeAt >= 0 && half(start + etherTypeAt) !== (version === 4 ? ETHER_TYPE_IPV4 : ETHER_TYPE_IPV6))
    return false;
  packet.caplen = caplen;
  packet.origlen = origlen;
  packet.version = version;
  const isDecoded =
    version === 4 ? decodeIpv4(network, captured) : version === 6 && decodeIpv6(network, captured);
  if (!isDecoded) return false;
  packet.ifindex = sll === 2 ? word(start + 4) : sll === 1 ? -1 : 0;
  const type = sll === 2 ? byte(start + 10) : sll === 1 ? half(start) : 0;
  packet.place = (interfaceIndex << 24) ^ (packet.ifindex << 4) ^ type;
  return true;
}

function decodeIpv4(at: i32, captured: i32): bool {
  if (byte(at) !== 0x45 || (half(at + 6) & MORE_OR_OFFSET) !== 0) return false;
  const length = half(at + 2);
  packet.source0 = word(at + 12);
  packet.source1 = packet.source2 = packet.source3 = 0;
  packet.destination0 = word(at + 16);
  packet.destination1 = packet.destination2 = packet.destination3 = 0;
  packet.isBroadcast = i32(packet.destination0 === -1);
  packet.identification = half(at + 4);
  packet.ttl = byte(at + 8);
  return decodeTransport(at + 20, byte(at + 9), at, length, captured);
}

function decodeIpv6(at: i32, captured: i32): bool {
  if (captured - at < 40) return false;
  const length = half(at + 4);
  packet.source0 = word(at + 8);
  packet.source1 = word(at + 12);
  packet.source2 = word(at + 16);
  packet.source3 = word(at + 20);
  packet.destination0 = word(at + 24);
  packet.destination1 = word(at + 28);
  packet.destination2 = word(at + 32);
  packet.destination3 = word(at + 36);
  packet.isBroadcast = 0;
  packet.identification = 0;
  packet.ttl = byte(at + 7);
  return decodeTransport(at + 40, byte(at + 6), at, length + 40, captured);
}

/** A `length` of 0, as offload and jumbograms leave it, is too short for a header: such packets are left to others. */
function decodeTransport(at: i32, protocol: i32, network: i32, length: i32, captured: i32): bool {
  const wireEnd = network + length;
  const end = min(captured, wireEnd);
  packet.protocol = protocol;
  packet.ipLength = length;
  packet.end = end;
  if (protocol === PROTOCOL_TCP) {
    if (end - at < 16) return false;
    const header = (byte(at + 12) >> 4) << 2;
    if (header < 20) return false;
    packet.sequence = word(at + 4);
    packet.acknowledgement = word(at + 8);
    packet.flags = byte(at + 13);
    packet.window = half(at + 14);
    packet.payload = at + header;
  } else if (protocol === PROTOCOL_UDP) {
    if (end - at < 8 || mayBeTunnel(at, end)) return false;
    packet.payload = at + 8;
  } else return false;
  packet.ports = word(at);
  packet.kind = (packet.version << 8) | protocol;
  packet.hasTransport = 1;
  packet.payloadLength = max(wireEnd - packet.payload, 0);
  return true;
}

/** Whether there may be a packet inside of a datagram (see lib/pcap/decode/tunnel.ts). */
function mayBeTunnel(at: i32, end: i32): bool {
  const payload = at + 8;
  return isTunnelPort(half(at)) || isTunnelPort(half(at + 2)) || (payload < end && byte(payload) >> 4 === 6);
}

/** VXLAN (three), Geneve, GRE, GTP-U, Teredo, AYIYA and CAPWAP. */
function isTunnelPort(port: i32): bool {
  return (
    port === 4789 ||
    port === 8472 ||
    port === 4790 ||
    port === 6081 ||
    port === 4754 ||
    port === 2152 ||
    port === 3544 ||
    port === 5072 ||
    port === 5247
  );
}
