/** Containers that name the link type, or the IP version, of each packet. */
import type { Packet } from '../packet.ts';
import { decodeIp } from './network.ts';

const NFULA_PAYLOAD = 9;

/** https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html: attributes in the byte order of the capturing host. */
export function decodeNflog(packet: Packet, at: number): boolean {
  const bytes = packet.bytes;
  let attribute = at + 4;
  while (packet.end - attribute >= 4) {
    const little = bytes[attribute]! | (bytes[attribute + 1]! << 8);
    const big = (bytes[attribute]! << 8) | bytes[attribute + 1]!;
    const isLittle = (bytes[attribute + 3]! & 0x7f) === 0;
    const length = isLittle ? little : big;
    const type = (isLittle ? bytes[attribute + 2]! : bytes[attribute + 3]!) & 0xff;
    if (length < 4) return false;
    if (type === NFULA_PAYLOAD) return decodeIp(packet, attribute + 4);
    attribute += (length + 3) & ~3;
  }
  return false;
}

/** https://www.tcpdump.org/linktypes/LINKTYPE_PKTAP.html */
export function decodePktap(
  packet: Packet,
  at: number,
  linkDecoder: (linkType: number) => ((packet: Packet, at: number) => boolean) | undefined,
): boolean {
  const bytes = packet.bytes;
  if (packet.end - at < 12) return false;
  const length = bytes[at]! | (bytes[at + 1]! << 8);
  const linkType = bytes[at + 8]! | (bytes[at + 9]! << 8);
  if (length < 12 || linkType === 149 || linkType === 258 || linkType === 192) return false;
  return linkDecoder(linkType)?.(packet, at + length) ?? false;
}
