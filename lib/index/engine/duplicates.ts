import { type Packet, PROTOCOL_TCP } from '../../pcap/packet.ts';

/** Sightings of one packet on different interfaces of a host follow each other within this time. */
const WINDOW_NANOSECONDS = 1e6;
const SLOTS = 1 << 16;
const PAYLOAD_BYTES = 16;

/**
 * Recognises a packet that was seen before on another interface, as `tcpdump -i any` shows it: on the pod's
 * veth, the bridge and eth0. Sender, IP identification, sequence numbers, flags and length are the same; a
 * retransmission differs in at least the identification, or comes later, or on the same interface.
 */
export class Duplicates {
  readonly #first = new Int32Array(SLOTS);
  readonly #second = new Int32Array(SLOTS);
  readonly #place = new Int32Array(SLOTS);
  readonly #time = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);

  /** `sender` is the row of the flow times two plus the direction, `place` tells where the packet was seen. */
  isRepeated(packet: Packet, sender: number, place: number): boolean {
    const now = packet.time;
    let first: number;
    let second: number;
    if (packet.protocol === PROTOCOL_TCP && packet.hasTransport) {
      first = Math.imul(sender, 0x9e3779b1) ^ Math.imul(packet.sequence, 0x85ebca6b);
      second =
        Math.imul(packet.acknowledgement ^ (packet.identification << 13), 0xc2b2ae35) ^
        Math.imul((packet.flags << 17) ^ packet.payloadLength ^ (packet.window << 8), 0x27d4eb2f);
    } else {
      first = Math.imul(sender, 0x9e3779b1) ^ Math.imul(packet.identification, 0x85ebca6b);
      second = packet.payloadLength;
      const end = Math.min(packet.end, packet.transport + 8 + PAYLOAD_BYTES);
      const start = Math.min(packet.transport, end);
      for (let at = start; at < end; at++) {
        // The UDP checksum may still be missing on the interface that the packet was sent from.
        if (at !== start + 6 && at !== start + 7) second = Math.imul(second, 31) + packet.bytes[at]!;
      }
    }
    if (packet.fragment >= 0) second = (second + packet.fragment) | 0;
    first ^= first >>> 15;
    const slot = first & (SLOTS - 1);
    const isSame =
      this.#first[slot] === first &&
      this.#second[slot] === (second | 0) &&
      Math.abs(now - this.#time[slot]!) < WINDOW_NANOSECONDS;
    if (isSame && this.#place[slot] !== place) return true;
    this.#first[slot] = first;
    this.#second[slot] = second;
    this.#place[slot] = place;
    this.#time[slot] = now;
    return false;
  }
}
