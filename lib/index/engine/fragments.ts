/** IP datagrams in several fragments (RFC 791, RFC 8200 section 4.5). */
import { reassembled } from '../../pcap/decode/network.ts';
import type { Packet } from '../../pcap/packet.ts';

const DATAGRAMS = 4096;
const DATAGRAM_BYTES = 65_536;
/** Held pieces of all datagrams; the oldest datagram is given up when they are more. */
const PIECES_BYTES = 16 * 2 ** 20;
const PIECES = 128;
const TIMEOUT_NANOSECONDS = 60e9;

/** A record whose fragment came before the one that holds the ports. */
type HeldRecord = Pick<Packet, 'time' | 'offset' | 'caplen' | 'origlen' | 'ipLength' | 'payloadLength'>;

export class Datagram {
  readonly key: string;
  readonly begun: number;
  /** Both ports as a row has them; undefined until the first fragment came. */
  ports: number | undefined;
  readonly held: HeldRecord[] = [];
  /** Of the flow inside, as Flows locates it, and its number, when the first fragment begins a tunnel; else -1. */
  inner = -1;
  innerOrdinal = -1;
  bytes = 0;
  #header: Uint8Array | undefined;
  #total = -1;
  readonly #pieces = new Map<number, Uint8Array>();

  constructor(key: string, begun: number) {
    this.key = key;
    this.begun = begun;
  }

  /** Remembers a fragment until the flow is known. */
  hold(packet: Packet): void {
    if (this.held.length >= PIECES) return;
    const { time, offset, caplen, origlen, ipLength, payloadLength } = packet;
    this.held.push({ time, offset, caplen, origlen, ipLength, payloadLength });
  }

  /** Keeps what the fragment carries; false when it was not captured whole, or there are too many. */
  add(packet: Packet): boolean {
    const start = packet.transport;
    const length = packet.wireEnd - start;
    const isWhole = packet.end === packet.wireEnd && length >= 0;
    if (!isWhole || packet.fragment + length > DATAGRAM_BYTES || this.#pieces.size >= PIECES) return false;
    if (packet.fragment === 0) this.#header = packet.bytes.slice(packet.network, start);
    if (!packet.moreFragments) this.#total = packet.fragment + length;
    if (!this.#pieces.has(packet.fragment)) {
      this.#pieces.set(packet.fragment, packet.bytes.slice(start, packet.end));
      this.bytes += length;
    }
    return true;
  }

  /** Makes `packet` the whole datagram, once nothing of it is missing. */
  complete(packet: Packet): boolean {
    if (this.#header === undefined || this.#total === -1 || this.bytes < this.#total) return false;
    const whole = new Uint8Array(this.#header.length + this.#total);
    whole.set(this.#header);
    let covered = 0;
    for (const start of [...this.#pieces.keys()].sort((a, b) => a - b)) {
      if (start > covered) return false;
      const room = this.#total - start;
      if (room <= 0) break;
      const piece = this.#pieces.get(start)!.subarray(0, room);
      whole.set(piece, this.#header.length + start);
      covered = Math.max(covered, start + piece.length);
    }
    return covered === this.#total && reassembled(packet, whole, this.#header.length);
  }
}

/** Datagrams of which some fragments were seen, oldest first. */
export class Fragments {
  readonly #datagrams = new Map<string, Datagram>();
  #bytes = 0;

  /** The datagram that a fragment belongs to; a new one replaces one that is too old. */
  of(packet: Packet): Datagram {
    const now = packet.time;
    const key = keyOf(packet);
    const known = this.#datagrams.get(key);
    if (known !== undefined && Math.abs(now - known.begun) < TIMEOUT_NANOSECONDS) return known;
    const datagram = new Datagram(key, now);
    this.#datagrams.delete(key);
    this.#datagrams.set(key, datagram);
    return datagram;
  }

  add(datagram: Datagram, packet: Packet): boolean {
    const before = datagram.bytes;
    const isKept = datagram.add(packet);
    this.#bytes += datagram.bytes - before;
    return isKept;
  }

  remove(datagram: Datagram): void {
    if (this.#datagrams.get(datagram.key) !== datagram) return;
    this.#datagrams.delete(datagram.key);
    this.#bytes -= datagram.bytes;
  }

  /** Gives up the oldest datagrams beyond the bounds. */
  trim(): void {
    for (const datagram of this.#datagrams.values()) {
      if (this.#datagrams.size <= DATAGRAMS && this.#bytes <= PIECES_BYTES) return;
      this.remove(datagram);
    }
  }
}

function keyOf(packet: Packet): string {
  const { bytes, version, source, identification, protocol } = packet;
  const addresses = bytes.subarray(source, source + (version === 4 ? 8 : 32));
  return `${String.fromCharCode(...addresses)}${identification}/${protocol}`;
}
