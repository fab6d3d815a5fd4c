import { isIPv4 } from 'node:net';
import type { Direction } from '../../../../lib/index/analyser.ts';
import type { FlowTable } from '../../../../lib/index/engine/flow-table.ts';
import * as row from '../../../../lib/index/engine/row.ts';
import type { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import * as at from '../../../../lib/index/kernel/layout.ts';

const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 };

export interface FlowOptions {
  /** Ordinal within the capture. */
  flow: number;
  proto: keyof typeof PROTOCOLS;
  origHost: string;
  origPort: number;
  respHost: string;
  respPort: number;
}

export interface Payload {
  direction: Direction;
  bytes: Uint8Array;
  /** Bytes behind these that were not captured. */
  missing?: number;
  time?: number;
  sequence?: number;
  /** What the other side has acknowledged. */
  acknowledged?: number;
}

/** A flow in the kernel's table, whose payloads are handed over without packets around them. */
export class KernelFlow {
  readonly row: number;
  readonly #kernel: Kernel;
  readonly #table: FlowTable;
  readonly #protocol: number;

  constructor(kernel: Kernel, table: FlowTable, options: FlowOptions) {
    this.#kernel = kernel;
    this.#table = table;
    this.#protocol = PROTOCOLS[options.proto];
    const { packet } = kernel;
    packet.set(words(options.origHost), at.KEY);
    packet.set(words(options.respHost), at.KEY + 4);
    packet[at.KIND] = ((isIPv4(options.origHost) ? 4 : 6) << 8) | this.#protocol;
    packet[at.PORTS] = (options.origPort << 16) | options.respPort;
    this.row = table.add(false);
    this.#set(row.ORDINAL, options.flow);
  }

  /** Both sides are known to begin at a sequence number, as after a handshake. */
  begin(sequence: number): void {
    for (const direction of [0, 1]) {
      this.#set(row.INTEGERS_OF_DIRECTION + direction * row.DIRECTION_INTEGERS + row.SEEN, row.SEEN_NEXT);
      this.#set(row.EVENTS + direction * row.DIRECTION_EVENTS + row.START, sequence);
    }
  }

  take({ direction, bytes, missing = 0, time = 0, sequence = 0, acknowledged }: Payload): void {
    const { exports, packet, packetDoubles, input } = this.#kernel;
    // At a place that is not aligned, as in captures; what is not copied is gone afterwards.
    const place = input.subarray(7, 7 + bytes.length);
    place.set(bytes);
    packetDoubles[at.TIME] = time;
    packet[at.PROTOCOL] = this.#protocol;
    packet[at.PAYLOAD] = place.byteOffset;
    packet[at.END] = place.byteOffset + bytes.length;
    packet[at.PAYLOAD_LENGTH] = bytes.length + missing;
    packet[at.SEQUENCE] = sequence;
    packet[at.FLAGS] = 0;
    if (acknowledged !== undefined) {
      const peer = row.INTEGERS_OF_DIRECTION + (1 - direction) * row.DIRECTION_INTEGERS;
      this.#set(peer + row.SEEN, row.SEEN_NEXT | row.SEEN_ACK);
      this.#set(peer + row.ACK, acknowledged);
    }
    exports.takePayload(this.row * 2 + direction);
    place.fill(0xdd);
  }

  end(time: number): void {
    this.#kernel.exports.endPayload(this.row, time);
  }

  /** A conversation goes on. */
  get isFollowed(): boolean {
    return (this.#get(row.MARKS) & row.MARK_STREAM) !== 0;
  }

  /** The applications are asked again what the flow is. */
  forget(): void {
    this.#set(row.MARKS, row.MARK_LIVE);
    this.#set(row.SERVICE, 0);
  }

  /** Number of the service that it is, as far as that is known; 0 for none. */
  get service(): number {
    const number = this.#get(row.SERVICE);
    if ((this.#get(row.MARKS) & row.MARK_STREAM) === 0) return number;
    return this.#kernel.integersAt(number, 3)[2]!; // in what is kept of a stream
  }

  #get(field: number): number {
    return this.#table.integers[this.row * row.ROW_INTEGERS + field]!;
  }

  #set(field: number, value: number): void {
    this.#table.integers[this.row * row.ROW_INTEGERS + field] = value;
  }
}

/** Of an address, one word or four. */
function words(host: string): number[] {
  if (isIPv4(host)) return [host.split('.').reduce((word, byte) => (word << 8) | Number(byte), 0), 0, 0, 0];
  const [left = '', right] = host.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16));
  const before = groups(left);
  const after = right === undefined ? [] : groups(right);
  const all = [...before, ...Array(8 - before.length - after.length).fill(0), ...after];
  return [0, 2, 4, 6].map(first => (all[first] << 16) | all[first + 1]);
}
