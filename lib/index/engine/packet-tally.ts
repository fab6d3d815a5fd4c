/** How many packets there were, how long on the wire, and when, on the clock of the capture. */
export class PacketTally {
  packets = 0;
  bytes = 0;
  earliest = Number.POSITIVE_INFINITY;
  latest = Number.NEGATIVE_INFINITY;

  add(other: PacketTally): void {
    this.packets += other.packets;
    this.bytes += other.bytes;
    this.earliest = Math.min(this.earliest, other.earliest);
    this.latest = Math.max(this.latest, other.latest);
  }
}
