import { TUNNEL_NAMES } from '../../pcap/decode/tunnel.ts';
import type { Packet } from '../../pcap/packet.ts';
import { addressText } from './names.ts';

const MAX_TEXTS = 65_536;

/** Numbers the encapsulations of a capture; flows refer to them by number, counted from 1. */
export class Tunnels {
  /** "vxlan:42 10.0.0.1>10.0.0.2", several of them outermost first. */
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** 0 when there are more different ones than are kept. */
  numberOf(packet: Packet): number {
    const layers: string[] = [];
    for (let depth = 0; depth < packet.tunnelDepth; depth++) layers.push(layerText(packet, depth));
    const text = layers.join(' ');
    let number = this.#numbers.get(text);
    if (number === undefined) {
      if (this.texts.length >= MAX_TEXTS) return 0;
      number = this.texts.push(text);
      this.#numbers.set(text, number);
    }
    return number;
  }
}

function layerText(packet: Packet, depth: number): string {
  const network = packet.tunnelNetwork[depth]!;
  const identifier = packet.tunnelId[depth]! >>> 0;
  const isIpv4 = packet.bytes[network]! >> 4 === 4;
  const source = addressAt(packet.bytes, network + (isIpv4 ? 12 : 8), isIpv4);
  const destination = addressAt(packet.bytes, network + (isIpv4 ? 16 : 24), isIpv4);
  const name = TUNNEL_NAMES[packet.tunnelKind[depth]!];
  return `${name}${identifier > 0 ? `:${identifier}` : ''} ${source}>${destination}`;
}

function addressAt(bytes: Uint8Array, at: number, isIpv4: boolean): string {
  const words = new Int32Array(4);
  for (let word = 0; word < (isIpv4 ? 1 : 4); word++) {
    const from = at + word * 4;
    words[word] =
      (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!;
  }
  return addressText(isIpv4 ? 4 : 6, words, 0);
}
