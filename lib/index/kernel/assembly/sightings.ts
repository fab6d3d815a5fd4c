/** As `Duplicates` (engine/duplicates.ts) does it, with the same memory. */
import * as at from '../layout';

const SIGHTING_NANOSECONDS: f64 = 1e6;

export function placeOf(interfaceIndex: i32, ifindex: i32, packetType: i32): i32 {
  return (interfaceIndex << 24) ^ (ifindex << 4) ^ packetType;
}

/** Whether a packet was seen elsewhere just now; `isUnnamed`: or in the same place, as its name is not told. */
export function isRepeated(signature: i32, sender: i32, place: i32, isUnnamed: bool, now: f64): bool {
  const slot = <u32>(signature ^ (sender * 0x9e3779b1)) & (at.SIGHTINGS - 1);
  const sighting = <usize>at.SIGHTINGS_AT + <usize>slot * at.SIGHTING_BYTES;
  if (
    load<i32>(sighting) === signature &&
    load<i32>(sighting, 4) === sender &&
    abs(now - load<f64>(sighting, 16)) < SIGHTING_NANOSECONDS &&
    (load<i32>(sighting, 8) !== place || isUnnamed)
  ) {
    return true;
  }
  store<i32>(sighting, signature);
  store<i32>(sighting, sender, 4);
  store<i32>(sighting, place, 8);
  store<f64>(sighting, now, 16);
  return false;
}
