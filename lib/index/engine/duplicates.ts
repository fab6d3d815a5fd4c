import type { Packet } from '../../pcap/packet.ts';
import { PROTOCOL_TCP } from '../../pcap/protocols.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { SIGHTING_BYTES, SIGHTINGS, SIGHTINGS_AT } from '../kernel/layout.ts';

const PAYLOAD_BYTES = 16;

/**
 * What stays the same of a packet on its way through a host, translated or not: IP identification, sequence
 * numbers, flags, length, the first bytes of the payload; not addresses, ports, hop limit and checksums.
 */
export function signatureOf(packet: Packet): number {
  let signature = Math.imul(packet.identification, 0x85ebca6b) ^ Math.imul(packet.payloadLength, 0x27d4eb2f);
  if (packet.protocol === PROTOCOL_TCP && packet.hasTransport) {
    signature = Math.imul(signature ^ packet.sequence, 0x9e3779b1);
    signature = Math.imul(signature ^ (signature >>> 15) ^ packet.acknowledgement, 0xc2b2ae35);
    signature ^= (packet.flags << 16) ^ packet.window;
  } else {
    const end = Math.min(packet.end, packet.payload + PAYLOAD_BYTES);
    for (let at = packet.payload; at < end; at++) signature = Math.imul(signature, 31) + packet.bytes[at]!;
    signature = Math.imul(signature ^ packet.fragment, 0xc2b2ae35);
  }
  return signature ^ (signature >>> 16);
}

/**
 * True when a packet like the one seen at `place` can be the same: elsewhere. The first version of the Linux
 * header names no interface: there the identification must do.
 */
export function mayBeSeenAgain(packet: Packet, place: number): boolean {
  return packet.place !== place || (packet.ifindex === -1 && packet.identification !== 0);
}

/**
 * Recognises a packet that was seen before on another interface, as `tcpdump -i any` shows it: on the pod's
 * veth, the bridge and eth0. A retransmission differs in at least the identification, or comes later, or on the
 * same interface.
 */
export class Duplicates {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.integersAt(SIGHTINGS_AT, (SIGHTINGS * SIGHTING_BYTES) / 4).fill(-1);
  }

  /** `sender` is the row of the flow times two plus the direction. */
  isRepeated(packet: Packet, sender: number): boolean {
    const isUnnamed = packet.ifindex === -1 && packet.identification !== 0;
    const { isSightingRepeated } = this.#kernel.exports;
    return isSightingRepeated(signatureOf(packet), sender, packet.place, isUnnamed, packet.time) !== 0;
  }
}
