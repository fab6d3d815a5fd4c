import type { Direction } from '../../analyser.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { OVER } from '../../kernel/layout.ts';
import { u24 } from '../bytes.ts';
import { TlsSession } from '../tls/session.ts';
import { CryptoStream } from './crypto-stream.ts';
import { readFrames } from './frames.ts';
import { decrypt, initialKeys } from './keys.ts';
import { type LongPacket, parseLongPacket } from './packet.ts';

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CRYPTO_ERROR = 0x100; // RFC 9001 section 4.8: the alert is added to it
const MAX_TRIES = 64; // Initial packets that are decrypted in one flow

/** QUIC: what its Initial packets show of the TLS handshake, a row of `ssl`. */
export class QuicDatagrams {
  readonly #session: TlsSession;
  readonly #streams = [new CryptoStream(), new CryptoStream()] as const;
  readonly #short = [false, false]; // a packet with the keys of the session was seen
  #keys: ReturnType<typeof initialKeys> | undefined;
  #client: Direction = 0;
  #tries = 0;

  /** `flow`: row of the flow in the flow table. */
  constructor(flow: number, kernel: Kernel) {
    this.#session = new TlsSession(flow, kernel);
  }

  /** The next datagram is `bytes[start..end)`, valid during the call. OVER when nothing more of the flow is wanted, else 0. */
  take(direction: Direction, time: number, bytes: Uint8Array, start: number, end: number): number {
    // Packets share a datagram: each long header says where it ends.
    for (let pos = start; pos < end; ) {
      const packet = parseLongPacket(bytes, pos, end);
      if (!packet) {
        if ((bytes[pos]! & 0xc0) === 0x40) this.#short[direction] = true;
        break;
      }
      if (packet.type === 'initial') this.#initial(direction, time, packet, bytes, pos, end);
      pos = packet.end;
    }
    if (!this.#short[0] || !this.#short[1]) return 0;
    this.#session.establish();
    return OVER;
  }

  /** The flow ends, at `time` of its last packet; nothing follows. */
  end(time: number): void {
    // The rest of the hello was not captured: say what there is of it.
    if (!this.#session.hasClientHello) this.#hello(time, this.#streams[this.#client].start, true);
    this.#session.end();
  }

  #initial(
    direction: Direction,
    time: number,
    packet: LongPacket,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (this.#session.hasServerHello || ++this.#tries > MAX_TRIES) return;
    const payload = this.#decrypt(direction, packet, bytes, start, end);
    if (!payload) {
      if (!this.#session.hasClientHello) this.#session.unreadable(time);
      return;
    }
    const stream = this.#streams[direction];
    readFrames(payload, {
      crypto: (offset, data) => stream.add(offset, data),
      close: error => {
        if (error >= CRYPTO_ERROR && error <= CRYPTO_ERROR + 0xff) {
          this.#session.alert = error - CRYPTO_ERROR;
        }
      },
    });
    this.#hello(time, stream.start, packet.end > end);
  }

  /** The keys come from the first connection id of the client, and from another one after a Retry. */
  #decrypt(
    direction: Direction,
    packet: LongPacket,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Buffer | undefined {
    const open = (keys: ReturnType<typeof initialKeys>, client: Direction) =>
      decrypt(
        direction === client ? keys.client : keys.server,
        bytes,
        start,
        packet.packetNumber,
        packet.end,
        end,
      );
    const known = this.#keys && open(this.#keys, this.#client);
    if (known && (packet.end <= end || this.#session.hasClientHello)) return known;
    const keys = initialKeys(packet.version, packet.destination);
    const payload = open(keys, direction);
    if (payload) {
      this.#keys = keys;
      this.#client = direction;
    }
    return payload;
  }

  #hello(time: number, handshake: Uint8Array, isCut: boolean): void {
    if (handshake.length < 4) return;
    const end = 4 + u24(handshake, 1);
    const isWhole = handshake.length >= end;
    if (!isWhole && !isCut) return;
    const body = handshake.subarray(4, end);
    if (handshake[0] === CLIENT_HELLO) this.#session.clientHello(time, body);
    else if (handshake[0] === SERVER_HELLO && isWhole) this.#session.serverHello(time, body);
  }
}
