import type { Packet } from '../../pcap/packet.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMP6 } from '../../pcap/protocols.ts';
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';
import { icmpCounterpart } from './icmp.ts';
import { MARK_LIVE, MARKS, ROW_INTEGERS } from './row.ts';

const FIRST_CAPACITY = 512;

/** All live flows: rows (see row.ts), which the kernel finds by addresses, ports and protocol. */
export class FlowTable {
  readonly #kernel: Kernel;
  readonly #most: number;
  integers: Int32Array = new Int32Array(0);
  doubles: Float64Array = new Float64Array(0);

  /** For `most` flows at once. */
  constructor(kernel: Kernel, most: number = at.MOST_FLOWS) {
    this.#kernel = kernel;
    this.#most = 2 ** Math.floor(Math.log2(most)); // as the slots of the index are counted
    const { state } = kernel;
    state[at.FLOWS] = state[at.LIVE] = state[at.TOP] = state[at.FREE] = 0;
    this.#reserve(Math.min(FIRST_CAPACITY, this.#most));
  }

  /** Rows ever used at once: no live row has this number or a higher one. */
  get top(): number {
    return this.#kernel.state[at.TOP]!;
  }

  /** The row of the packet's flow times two, plus 1 when its responder sent the packet; -1 when there is none. */
  find(packet: Packet): number {
    this.#setKey(packet);
    return this.#kernel.exports.find();
  }

  /**
   * A row for the flow that `find` just did not find, all zero but for its key; the sender of the packet is
   * the originator unless `reversed`. -1 when there is no more room.
   */
  add(reversed: boolean): number {
    const { exports, state } = this.#kernel;
    const row = exports.add(reversed);
    if (row !== -1) return row;
    return this.#reserve(state[at.CAPACITY]! * 2) ? exports.add(reversed) : -1;
  }

  /** Frees a row. */
  remove(row: number): void {
    this.#kernel.exports.remove(row);
  }

  isLive(row: number): boolean {
    return (this.integers[row * ROW_INTEGERS + MARKS]! & MARK_LIVE) !== 0;
  }

  /** False when there cannot be so many. */
  #reserve(capacity: number): boolean {
    const rows = capacity <= this.#most ? this.#kernel.reserveRows(capacity) : undefined;
    if (rows === undefined) return false;
    this.integers = rows.integers;
    this.doubles = rows.doubles;
    this.#kernel.exports.useRows(capacity);
    return true;
  }

  #setKey(packet: Packet): void {
    const { bytes, version, protocol, sourcePort, source, destination } = packet;
    const { packet: integers } = this.#kernel;
    let targetPort = packet.destinationPort;
    if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMP6) {
      const counterpart = icmpCounterpart(protocol, sourcePort);
      if (counterpart !== -1) targetPort = counterpart;
    }
    const words = version === 4 ? 1 : 4;
    for (let word = 0; word < 4; word++) {
      integers[at.KEY + word] = word < words ? wordAt(bytes, source + word * 4) : 0;
      integers[at.KEY + 4 + word] = word < words ? wordAt(bytes, destination + word * 4) : 0;
    }
    integers[at.KIND] = (version << 8) | protocol;
    integers[at.PORTS] = (sourcePort << 16) | targetPort;
  }
}

function wordAt(bytes: Uint8Array, place: number): number {
  return (bytes[place]! << 24) | (bytes[place + 1]! << 16) | (bytes[place + 2]! << 8) | bytes[place + 3]!;
}
