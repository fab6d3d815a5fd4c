import type { Packet } from '../../pcap/packet.ts';
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';

/** Brings payloads of packets that the engine leads to what listens to their flows. */
export class Payloads {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** A packet with payload, after its flow was updated with it; `located`: row of the flow times two, plus the direction. */
  take(located: number, packet: Packet): void {
    const { exports, packet: integers } = this.#kernel;
    const start = this.#placeOf(packet);
    integers[at.PAYLOAD] = start;
    integers[at.END] = start + Math.min(packet.end - packet.payload, at.PAYLOAD_BYTES);
    exports.takePayload(located);
  }

  /** Where the payload is in the kernel's memory, to which it is copied if need be. */
  #placeOf({ bytes, payload, end }: Packet): number {
    const kernel = this.#kernel.bytes;
    if (bytes.buffer === kernel.buffer) return bytes.byteOffset + payload;
    const stop = Math.min(end, payload + at.PAYLOAD_BYTES);
    if (payload < stop) kernel.set(bytes.subarray(payload, stop), at.PAYLOAD_AT);
    return at.PAYLOAD_AT;
  }
}
