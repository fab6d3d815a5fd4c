import type { Packet } from '../../pcap/packet.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMP6 } from '../../pcap/protocols.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { icmpCounterpart } from './icmp.ts';
import {
  HASH,
  KIND,
  MARK_LIVE,
  MARKS,
  ORIG_ADDRESS,
  ORIG_TAIL,
  PORTS,
  RESP_ADDRESS,
  RESP_TAIL,
  ROW_INTEGERS,
} from './row.ts';

const FIRST_CAPACITY = 512;

/** All live flows: rows (see row.ts) found by an open-addressing hash of addresses, ports and protocol. */
export class FlowTable {
  readonly #kernel: Kernel;
  integers: Int32Array;
  doubles: Float64Array;
  /** Rows in use. */
  live = 0;
  /** Rows ever used at once: no live row has this number or a higher one. */
  top = 0;
  #capacity = FIRST_CAPACITY;
  /** Hash and row of a flow side by side, row -1 for none: another flow's row is not looked at in vain. */
  #slots: Int32Array;
  #free: number[] = [];

  // The key of the packet that is being looked up.
  readonly #key = new Int32Array(8);
  #ports = 0;
  #kind = 0;
  #hash = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    const { integers, doubles } = kernel.reserveRows(FIRST_CAPACITY);
    this.integers = integers;
    this.doubles = doubles;
    this.#slots = kernel.clearSlots(FIRST_CAPACITY * 2);
  }

  /** The row of the packet's flow times two, plus 1 when its responder sent the packet; -1 when there is none. */
  find(packet: Packet): number {
    this.#readKey(packet);
    const integers = this.integers;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = this.#hash;
    const kind = this.#kind;
    const key = this.#key;
    const ports = this.#ports;
    const reversePorts = (ports << 16) | (ports >>> 16);
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const row = slots[slot + 1]!;
      if (row === -1) return -1;
      if (slots[slot] !== hash) continue;
      const base = row * ROW_INTEGERS;
      if (integers[base + KIND] !== kind) continue;
      const orig = base + ORIG_ADDRESS;
      const resp = base + RESP_ADDRESS;
      const rowPorts = integers[base + PORTS];
      if (rowPorts === ports && integers[orig] === key[0] && integers[resp] === key[4]) {
        if (kind < 0x600 || this.#sameTails(base, 1, 5)) return row * 2;
      }
      if (rowPorts === reversePorts && integers[orig] === key[4] && integers[resp] === key[0]) {
        if (kind < 0x600 || this.#sameTails(base, 5, 1)) return row * 2 + 1;
      }
    }
  }

  /**
   * A row for the flow that `find` just did not find, all zero but for its key; the sender of the packet is
   * the originator unless `reversed`.
   */
  add(reversed: boolean): number {
    if (this.live === this.#capacity) this.#grow();
    const row = this.#free.pop() ?? this.top++;
    const base = row * ROW_INTEGERS;
    const integers = this.integers;
    integers.fill(0, base, base + ROW_INTEGERS);
    const key = this.#key;
    const orig = reversed ? 4 : 0;
    const resp = 4 - orig;
    integers[base + ORIG_ADDRESS] = key[orig]!;
    integers[base + RESP_ADDRESS] = key[resp]!;
    for (let word = 0; word < 3; word++) {
      integers[base + ORIG_TAIL + word] = key[orig + 1 + word]!;
      integers[base + RESP_TAIL + word] = key[resp + 1 + word]!;
    }
    integers[base + PORTS] = reversed ? (this.#ports << 16) | (this.#ports >>> 16) : this.#ports;
    integers[base + KIND] = this.#kind;
    integers[base + HASH] = this.#hash;
    integers[base + MARKS] = MARK_LIVE;
    this.#insert(row, this.#hash);
    this.live++;
    return row;
  }

  /** Frees a row. Its slot is closed by moving later ones of its run back: no tombstones. */
  remove(row: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const integers = this.integers;
    let slot = (integers[row * ROW_INTEGERS + HASH]! << 1) & mask;
    while (slots[slot + 1] !== row) slot = (slot + 2) & mask;
    for (let next = (slot + 2) & mask; slots[next + 1] !== -1; next = (next + 2) & mask) {
      const home = (slots[next]! << 1) & mask;
      if (((next - home) & mask) >= ((next - slot) & mask)) {
        slots[slot] = slots[next]!;
        slots[slot + 1] = slots[next + 1]!;
        slot = next;
      }
    }
    slots[slot + 1] = -1;
    integers[row * ROW_INTEGERS + MARKS] = 0;
    this.#free.push(row);
    this.live--;
  }

  isLive(row: number): boolean {
    return (this.integers[row * ROW_INTEGERS + MARKS]! & MARK_LIVE) !== 0;
  }

  #readKey(packet: Packet): void {
    const bytes = packet.bytes;
    const key = this.#key;
    let at = packet.source;
    let mixed: number;
    let summed: number;
    if (packet.version === 4) {
      const source = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      at = packet.destination;
      const target = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      key[0] = source;
      key[4] = target;
      key[1] = key[2] = key[3] = key[5] = key[6] = key[7] = 0;
      mixed = source ^ target;
      summed = (source + target) | 0;
    } else {
      mixed = 0;
      summed = 0;
      for (let word = 0; word < 4; word++) {
        const s = at + word * 4;
        const t = packet.destination + word * 4;
        const source = (bytes[s]! << 24) | (bytes[s + 1]! << 16) | (bytes[s + 2]! << 8) | bytes[s + 3]!;
        const target = (bytes[t]! << 24) | (bytes[t + 1]! << 16) | (bytes[t + 2]! << 8) | bytes[t + 3]!;
        key[word] = source;
        key[word + 4] = target;
        mixed = Math.imul(mixed, 31) + (source ^ target);
        summed = Math.imul(summed, 31) + (source + target);
      }
    }
    const sourcePort = packet.sourcePort;
    let targetPort = packet.destinationPort;
    const protocol = packet.protocol;
    if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMP6) {
      const counterpart = icmpCounterpart(protocol, sourcePort);
      if (counterpart !== -1) targetPort = counterpart;
    }
    this.#ports = (sourcePort << 16) | targetPort;
    this.#kind = (packet.version << 8) | protocol;
    this.#hash = hashOf(mixed, summed, sourcePort, targetPort, protocol);
  }

  #sameTails(base: number, origKey: number, respKey: number): boolean {
    const integers = this.integers;
    const key = this.#key;
    for (let word = 0; word < 3; word++) {
      if (integers[base + ORIG_TAIL + word] !== key[origKey + word]) return false;
      if (integers[base + RESP_TAIL + word] !== key[respKey + word]) return false;
    }
    return true;
  }

  #insert(row: number, hash: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (hash << 1) & mask;
    while (slots[slot + 1] !== -1) slot = (slot + 2) & mask;
    slots[slot] = hash;
    slots[slot + 1] = row;
  }

  #grow(): void {
    const { integers, doubles } = this.#kernel.reserveRows(this.#capacity * 2);
    this.#capacity *= 2;
    this.integers = integers;
    this.doubles = doubles;
    this.#slots = this.#kernel.clearSlots(this.#capacity * 2);
    for (let row = 0; row < this.top; row++) {
      if (this.isLive(row)) this.#insert(row, integers[row * ROW_INTEGERS + HASH]!);
    }
  }
}

/** Symmetric in both ends, so that one look-up finds both directions. */
function hashOf(mixed: number, summed: number, port: number, otherPort: number, protocol: number): number {
  let hash = Math.imul(mixed ^ Math.imul(summed, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(
    hash ^ (hash >>> 15) ^ ((port ^ otherPort) << 16) ^ (port + otherPort) ^ (protocol << 8),
    0xc2b2ae35,
  );
  return hash ^ (hash >>> 13);
}

/** Puts the words of an address of a row into `words`: the first, or with IPv6 all four. */
export function readAddress(
  integers: Int32Array,
  base: number,
  end: 'orig' | 'resp',
  words: Int32Array,
): void {
  words[0] = integers[base + (end === 'orig' ? ORIG_ADDRESS : RESP_ADDRESS)]!;
  const tail = base + (end === 'orig' ? ORIG_TAIL : RESP_TAIL);
  for (let word = 0; word < 3; word++) words[word + 1] = integers[tail + word]!;
}
