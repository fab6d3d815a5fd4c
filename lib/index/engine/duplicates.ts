import { type Packet, PROTOCOL_TCP } from '../../pcap/packet.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { SIGHTING_BYTES, SIGHTINGS, SIGHTINGS_AT } from '../kernel/layout.ts';

/** Sightings of one packet on different interfaces of a host follow each other within this time. */
export const SIGHTING_NANOSECONDS = 1e6;
const PAYLOAD_BYTES = 16;

// A sighting: its signature, then
const SIGHTING_INTEGERS = SIGHTING_BYTES / 4;
const SENDER = 1;
const PLACE = 2;
const TIME = 2; // in doubles

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
  readonly #integers: Int32Array;
  readonly #doubles: Float64Array;

  constructor(kernel: Kernel) {
    this.#integers = kernel.integersAt(SIGHTINGS_AT, SIGHTINGS * SIGHTING_INTEGERS).fill(-1);
    this.#doubles = kernel.doublesAt(SIGHTINGS_AT, (SIGHTINGS * SIGHTING_INTEGERS) / 2);
  }

  /** `sender` is the row of the flow times two plus the direction. */
  isRepeated(packet: Packet, sender: number): boolean {
    const integers = this.#integers;
    const now = packet.time;
    const signature = signatureOf(packet);
    const slot = (signature ^ Math.imul(sender, 0x9e3779b1)) & (SIGHTINGS - 1);
    const sighting = slot * SIGHTING_INTEGERS;
    const time = (sighting >> 1) + TIME;
    const isSame =
      integers[sighting] === signature &&
      integers[sighting + SENDER] === sender &&
      Math.abs(now - this.#doubles[time]!) < SIGHTING_NANOSECONDS;
    if (isSame && mayBeSeenAgain(packet, integers[sighting + PLACE]!)) return true;
    integers[sighting] = signature;
    integers[sighting + SENDER] = sender;
    integers[sighting + PLACE] = packet.place;
    this.#doubles[time] = now;
    return false;
  }
}
