/** Recognises a packet that was seen before on another interface, as `tcpdump -i any` shows it (see engine/duplicates.ts). */
import { PROTOCOL_TCP } from '../../../pcap/protocols';
import { byte } from '../../assembly/bytes';
import { SIGHTING_BYTES, SIGHTING_NANOSECONDS, SIGHTINGS, SIGHTINGS_AT } from '../layout';
import { packet } from './packet';

const PAYLOAD_BYTES: i32 = 16;

/**
 * What stays the same of a packet on its way through a host, translated or not: IP identification, sequence
 * numbers, flags, length, the first bytes of the payload; not addresses, ports, hop limit and checksums.
 */
function signature(): i32 {
  let mixed = (packet.identification * 0x85ebca6b) ^ (packet.payloadLength * 0x27d4eb2f);
  if (packet.protocol === PROTOCOL_TCP) {
    mixed = (mixed ^ packet.sequence) * 0x9e3779b1;
    mixed = (mixed ^ <i32>(<u32>mixed >> 15) ^ packet.acknowledgement) * 0xc2b2ae35;
    mixed ^= (packet.flags << 16) ^ packet.window;
  } else {
    const end = min(packet.end, packet.payload + PAYLOAD_BYTES);
    for (let at = packet.payload; at < end; at++) mixed = mixed * 31 + byte(at);
    mixed = (mixed ^ -1) * 0xc2b2ae35; // it is no fragment
  }
  return mixed ^ <i32>(<u32>mixed >> 16);
}

/** Whether `packet` is a further sighting; `sender` is the row of the flow times two plus the direction. */
export function isRepeated(sender: i32): bool {
  return isSightingRepeated(
    signature(),
    sender,
    packet.place,
    packet.ifindex === -1 && packet.identification !== 0,
    packet.time,
  );
}

/** `isUnnamed`: the interface is not told, and the identification of the packet must do. */
export function isSightingRepeated(mixed: i32, sender: i32, place: i32, isUnnamed: bool, now: f64): bool {
  const slot = <u32>(mixed ^ (sender * 0x9e3779b1)) & (SIGHTINGS - 1);
  const sighting = <usize>SIGHTINGS_AT + <usize>slot * SIGHTING_BYTES;
  if (
    load<i32>(sighting) === mixed &&
    load<i32>(sighting, 4) === sender &&
    abs(now - load<f64>(sighting, 16)) < SIGHTING_NANOSECONDS &&
    (load<i32>(sighting, 8) !== place || isUnnamed)
  ) {
    return true;
  }
  store<i32>(sighting, mixed);
  store<i32>(sighting, sender, 4);
  store<i32>(sighting, place, 8);
  store<f64>(sighting, now, 16);
  return false;
}
