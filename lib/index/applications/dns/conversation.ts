import type { Conversation, Direction } from '../../analyser.ts';
import { u16 } from '../bytes.ts';
import { Frames, type Framing } from '../frames.ts';
import { dnsTypeName } from './constants.ts';
import { parseDnsMessage } from './message.ts';
import { skipName } from './name.ts';
import { DnsTransactions } from './transactions.ts';

/** DNS over UDP, mDNS and LLMNR: a message in each datagram. */
export class DnsDatagrams extends DnsTransactions implements Conversation {
  data(_: Direction, time: number, bytes: Uint8Array, start: number, end: number): number {
    const message = parseDnsMessage(bytes, start, end);
    if (message) this.message(time, message);
    return 0;
  }

  gap(): void {}
}

/** A message behind its length in two bytes (RFC 1035 section 4.2.2). */
const FRAMING: Framing = {
  header: 2,
  length: (buf, at) => 2 + u16(buf, at),
  wanted: (_buf, _at, length) => length,
};

/** DNS over TCP: several messages in a stream, in both directions. */
export class DnsStream extends DnsTransactions implements Conversation {
  readonly #frames = [new Frames(FRAMING), new Frames(FRAMING)] as const;

  data(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): number {
    this.#take(direction, time, bytes, start, end, missing);
    return this.#frames[direction].leap();
  }

  gap(direction: Direction, time: number, length: number): void {
    this.#take(direction, time, NOTHING, 0, 0, length);
  }

  #take(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): void {
    this.#frames[direction].take(bytes, start, end, missing, (buf, from, to) => {
      const message = parseDnsMessage(buf, from + FRAMING.header, to);
      if (message) this.message(time, message);
    });
  }
}

const NOTHING = new Uint8Array(0);

/** Whether a payload on a port that is not DNS's own is one plain question nevertheless. */
export function isDnsQuery(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < 17 || (u16(buf, start + 2) & 0xfa4f) !== 0) return false; // a query; only TC, RD, AD, CD free
  if (u16(buf, start + 4) !== 1 || u16(buf, start + 6) !== 0 || u16(buf, start + 8) !== 0) return false;
  const after = skipName(buf, start + 12, end);
  if (after < 0 || after + 4 > end || u16(buf, after + 2) !== 1) return false;
  return !dnsTypeName(u16(buf, after)).startsWith('query-') && u16(buf, start + 10) <= 2;
}
