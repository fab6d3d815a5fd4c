import type { Packet } from '../../pcap/packet.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../pcap/protocols.ts';
import { SIGHTING_NANOSECONDS } from '../kernel/layout.ts';
import { mayBeSeenAgain, signatureOf } from './duplicates.ts';
import type { FlowTable } from './flow-table.ts';
import {
  ALIAS,
  KIND,
  MARK_ALIAS,
  MARKS,
  ORDINAL,
  ORIG_ADDRESS,
  ORIG_TAIL,
  PORTS,
  RESP_ADDRESS,
  RESP_TAIL,
  ROW_INTEGERS,
} from './row.ts';

const SLOTS = 1 << 12;

/**
 * Joins what address translation (kube-proxy's DNAT, masquerading) makes of one flow: a host that is captured on
 * all interfaces shows the same first packet with two pairs of ends. The second pair becomes an alias, a row
 * that only leads to the first; its packets are further sightings.
 */
export class Translations {
  readonly #table: FlowTable;
  readonly #signature = new Int32Array(SLOTS);
  readonly #row = new Int32Array(SLOTS).fill(-1);
  readonly #ordinal = new Int32Array(SLOTS);
  readonly #time = new Float64Array(SLOTS);
  readonly #place = new Int32Array(SLOTS);

  constructor(table: FlowTable) {
    this.#table = table;
  }

  /** Remembers the packet that began a flow. */
  note(row: number, packet: Packet): void {
    const signature = signatureOf(packet);
    const slot = signature & (SLOTS - 1);
    this.#signature[slot] = signature;
    this.#row[slot] = row;
    this.#ordinal[slot] = this.#table.integers[row * ROW_INTEGERS + ORDINAL]!;
    this.#time[slot] = packet.time;
    this.#place[slot] = packet.place;
  }

  /** The row of the flow that the packet, whose ends are new, began just before with other ends; else -1. */
  find(packet: Packet): number {
    if (packet.protocol !== PROTOCOL_TCP && packet.protocol !== PROTOCOL_UDP) return -1;
    const signature = signatureOf(packet);
    const slot = signature & (SLOTS - 1);
    const row = this.#row[slot]!;
    if (row === -1 || this.#signature[slot] !== signature) return -1;
    if (Math.abs(packet.time - this.#time[slot]!) > SIGHTING_NANOSECONDS) return -1;
    // One query to several name servers looks like one that is translated, but leaves where the first one left.
    if (!mayBeSeenAgain(packet, this.#place[slot]!)) return -1;
    const { integers } = this.#table;
    const base = row * ROW_INTEGERS;
    const isSameFlow = this.#table.isLive(row) && integers[base + ORDINAL] === this.#ordinal[slot];
    const isSameKind = integers[base + KIND] === ((packet.version << 8) | packet.protocol);
    return isSameFlow && isSameKind ? row : -1;
  }

  /**
   * Makes `alias`, a fresh row, lead to `target`. False, and nothing changed, when they have no end in common;
   * that of the responder counts only for packets that have an identification: multicast queries have none.
   */
  join(alias: number, target: number, isIdentified: boolean): boolean {
    const { integers } = this.#table;
    const from = alias * ROW_INTEGERS;
    const to = target * ROW_INTEGERS;
    const isTcp = (integers[to + KIND]! & 255) === PROTOCOL_TCP;
    // A sequence number is proof enough for both ends to be others; a datagram has less to show.
    if (!isTcp && !this.#isSameOriginator(from, to)) {
      if (!isIdentified || !this.#isSameResponder(from, to)) return false;
    }
    integers[from + MARKS] = integers[from + MARKS]! | MARK_ALIAS;
    integers[from + ORDINAL] = target;
    integers[from + ALIAS] = integers[to + ALIAS]!;
    integers[to + ALIAS] = alias + 1;
    return true;
  }

  /**
   * The flow ends: its aliases leave the table. Tells where the row of one with another responder begins, which can be
   * read until a flow is added; -1 when there is none.
   */
  release(target: number): number {
    const { integers } = this.#table;
    const to = target * ROW_INTEGERS;
    let other = -1;
    for (let next = integers[to + ALIAS]!; next !== 0; ) {
      const from = (next - 1) * ROW_INTEGERS;
      if (other === -1 && !this.#isSameResponder(from, to)) other = from;
      const alias = next - 1;
      next = integers[from + ALIAS]!;
      this.#table.remove(alias);
    }
    return other;
  }

  #isSameOriginator(from: number, to: number): boolean {
    const { integers } = this.#table;
    return (
      integers[from + PORTS]! >>> 16 === integers[to + PORTS]! >>> 16 &&
      integers[from + ORIG_ADDRESS] === integers[to + ORIG_ADDRESS] &&
      sameWords(integers, from + ORIG_TAIL, to + ORIG_TAIL)
    );
  }

  #isSameResponder(from: number, to: number): boolean {
    const { integers } = this.#table;
    return (
      (integers[from + PORTS]! & 0xffff) === (integers[to + PORTS]! & 0xffff) &&
      integers[from + RESP_ADDRESS] === integers[to + RESP_ADDRESS] &&
      sameWords(integers, from + RESP_TAIL, to + RESP_TAIL)
    );
  }
}

function sameWords(integers: Int32Array, first: number, second: number): boolean {
  for (let word = 0; word < 3; word++) if (integers[first + word] !== integers[second + word]) return false;
  return true;
}
