import type { Conversation, Direction, FlowRef } from '../../analyser.ts';
import { copy, u24, u32 } from '../bytes.ts';
import { Frames, type Framing } from '../frames.ts';
import { Exchange } from '../http/exchange.ts';
import type { HttpRows } from '../http/rows.ts';
import { printable } from '../text.ts';
import { type Field, HpackDecoder } from './hpack.ts';

/** Frame types and flags of RFC 9113. */
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const CONTINUATION = 9;
const LAST_TYPE = 0x1f; // extension frames are rare and low
const END_STREAM = 0x01;
const END_HEADERS = 0x04;
const PADDED = 0x08;
const PRIORITY = 0x20;

const HEADER = 9;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const MAX_FRAME = 1 << 20; // the default maximum is 16 KiB, few ask for more
const MAX_BLOCK = 65_536;
const MAX_STREAMS = 1024; // open ones; beyond, the oldest is written as it is
const MAX_TEXT = 4096;
const NOTHING = new Uint8Array(0);

const FRAMES: Framing = {
  header: HEADER,
  length: (buf, at) => {
    const length = u24(buf, at);
    return length <= MAX_FRAME && buf[at + 3]! <= LAST_TYPE ? HEADER + length : -1;
  },
  wanted: (buf, at, length) => {
    const type = buf[at + 3];
    return type === HEADERS || type === CONTINUATION ? Math.min(length, HEADER + MAX_BLOCK) : HEADER;
  },
};

/** A connection with prior knowledge begins with the client's preface (RFC 9113 section 3.4). */
export function startsPreface(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < 14) return false;
  const length = Math.min(PREFACE.length, end - start);
  for (let i = 0; i < length; i++) if (buf[start + i] !== PREFACE.charCodeAt(i)) return false;
  return true;
}

/** One direction: its frames, its compression, and a header block that goes on in CONTINUATION frames. */
class Side {
  readonly frames = new Frames(FRAMES);
  readonly hpack = new HpackDecoder();
  preface = 0; // bytes of it that have passed
  block: { stream: number; bytes: Uint8Array; endStream: boolean } | undefined;
}

/** HTTP/2 in clear: a row of `http` for each stream with a request. */
export class Http2Stream implements Conversation {
  readonly #flow: FlowRef;
  readonly #rows: HttpRows;
  readonly #sides = [new Side(), new Side()] as const;
  readonly #streams = new Map<number, Exchange>();
  #client: Direction | undefined;

  /** `upgraded` is the request of HTTP/1 that is answered as stream 1 (RFC 7540 section 3.2). */
  constructor(flow: FlowRef, rows: HttpRows, upgraded?: Exchange) {
    this.#flow = flow;
    this.#rows = rows;
    flow.service = 'http2';
    if (upgraded) this.#streams.set(1, exchangeOf(upgraded));
  }

  data(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): number {
    const pos = this.#passPreface(direction, bytes, start, end);
    const { frames } = this.#sides[direction];
    // Lost in a gap: a frame begins with the segment more often than not.
    if (frames.lost && looksLikeFrame(bytes, pos, end)) frames.restart();
    this.#take(direction, time, bytes, pos, end, missing);
    return frames.lost ? 0 : frames.leap();
  }

  gap(direction: Direction, time: number, length: number): void {
    this.#take(direction, time, NOTHING, 0, 0, length);
  }

  end(): void {
    for (const exchange of this.#streams.values()) this.#write(exchange);
    this.#streams.clear();
  }

  /** Offset after the preface, which may come in pieces. */
  #passPreface(direction: Direction, bytes: Uint8Array, start: number, end: number): number {
    const side = this.#sides[direction];
    let pos = start;
    while (pos < end && side.preface < PREFACE.length) {
      if (bytes[pos] !== PREFACE.charCodeAt(side.preface)) {
        side.preface = PREFACE.length;
        break;
      }
      this.#client ??= direction;
      side.preface++;
      pos++;
    }
    return pos;
  }

  #take(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): void {
    const side = this.#sides[direction];
    side.frames.take(bytes, start, end, missing, (buf, from, to, length, cut) => {
      this.#frame(direction, time, buf, from, to, length, cut);
    });
    if (side.frames.lost && !side.hpack.isIncomplete) side.hpack.forget();
  }

  #frame(
    direction: Direction,
    time: number,
    buf: Uint8Array,
    start: number,
    end: number,
    length: number,
    cut: boolean,
  ): void {
    const type = buf[start + 3]!;
    const flags = buf[start + 4]!;
    const stream = u32(buf, start + 5) & 0x7fffffff;
    switch (type) {
      case DATA:
        this.#data(direction, stream, length - HEADER, (flags & END_STREAM) !== 0);
        return;
      case HEADERS:
        this.#headers(direction, time, stream, flags, buf, start + HEADER, end, cut || end - start < length);
        return;
      case CONTINUATION:
        this.#continuation(direction, time, stream, flags, copy(buf, start + HEADER, end), cut);
        return;
      case RST_STREAM:
        this.#close(stream);
        return;
      default:
    }
  }

  #data(direction: Direction, stream: number, length: number, isLast: boolean): void {
    const exchange = this.#streams.get(stream);
    if (!exchange) return;
    if (direction === this.#client) exchange.requestBody += length;
    else {
      exchange.responseBody += length;
      if (isLast) this.#close(stream);
    }
  }

  #headers(
    direction: Direction,
    time: number,
    stream: number,
    flags: number,
    buf: Uint8Array,
    start: number,
    end: number,
    cut: boolean,
  ): void {
    let from = start;
    let to = end;
    if ((flags & PADDED) !== 0 && from < end) {
      // Padding stands at the end of the frame: where that is cut, some or all of it is gone already.
      if (!cut) to -= buf[from]!;
      from++;
    }
    if ((flags & PRIORITY) !== 0) from += 5;
    if (from > to) return;
    const endStream = (flags & END_STREAM) !== 0;
    if ((flags & END_HEADERS) !== 0 || cut) {
      this.#fields(direction, time, stream, buf, from, to, endStream, cut);
      return;
    }
    this.#sides[direction].block = { stream, bytes: copy(buf, from, to), endStream };
  }

  #continuation(
    direction: Direction,
    time: number,
    stream: number,
    flags: number,
    more: Uint8Array,
    cut: boolean,
  ): void {
    const side = this.#sides[direction];
    const { block } = side;
    if (block?.stream !== stream) return;
    block.bytes = Buffer.concat([block.bytes, more]);
    const isTooLong = block.bytes.length > MAX_BLOCK;
    if ((flags & END_HEADERS) === 0 && !cut && !isTooLong) return;
    side.block = undefined;
    const { bytes, endStream } = block;
    this.#fields(direction, time, stream, bytes, 0, bytes.length, endStream, cut || isTooLong);
  }

  #fields(
    direction: Direction,
    time: number,
    stream: number,
    buf: Uint8Array,
    start: number,
    end: number,
    endStream: boolean,
    cut: boolean,
  ): void {
    const { hpack } = this.#sides[direction];
    const wasIncomplete = hpack.isIncomplete;
    const { fields, isWhole } = hpack.decode(buf, start, end);
    if (cut || !isWhole) hpack.forget();
    const isRequest = fields.some(([name]) => name === ':method' || name === ':path');
    const isResponse = !isRequest && fields.some(([name]) => name === ':status');
    if (isRequest) this.#client ??= direction;
    else if (isResponse) this.#client ??= direction === 0 ? 1 : 0;
    const exchange = this.#exchange(stream, time);
    if (cut || !isWhole || wasIncomplete) exchange.truncated = true;
    if (direction === this.#client) exchange.asked = true;
    else if (isResponse)
      exchange.latency ??= exchange.asked ? Math.max(0, (time - exchange.time) / 1e9) : null;
    for (const field of fields) keep(exchange, field);
    if (endStream && direction !== this.#client) this.#close(stream);
  }

  #exchange(stream: number, time: number): Exchange {
    let exchange = this.#streams.get(stream);
    if (exchange) return exchange;
    if (this.#streams.size >= MAX_STREAMS) this.#close(this.#streams.keys().next().value!);
    exchange = new Exchange(time);
    this.#streams.set(stream, exchange);
    return exchange;
  }

  #close(stream: number): void {
    const exchange = this.#streams.get(stream);
    if (!exchange) return;
    this.#streams.delete(stream);
    this.#write(exchange);
  }

  #write(exchange: Exchange): void {
    exchange.version = '2';
    this.#rows.add(this.#flow, exchange.time, exchange);
  }
}

function exchangeOf({ time, method, host, uri, userAgent, requestBody }: Exchange): Exchange {
  return Object.assign(new Exchange(time), { asked: true, method, host, uri, userAgent, requestBody });
}

/** The fields of which the index has a column. */
function keep(exchange: Exchange, [name, value]: Field): void {
  switch (name) {
    case ':method':
      exchange.method = text(value);
      return;
    case ':path':
      exchange.uri = text(value);
      return;
    case ':authority':
      exchange.host = text(value);
      return;
    case 'host':
      exchange.host ??= text(value);
      return;
    case 'user-agent':
      exchange.userAgent = text(value);
      return;
    case ':status':
      // 1xx is not the answer yet.
      if (/^[2-9]\d\d$/.test(value)) exchange.status = Number(value);
      return;
    case 'grpc-status':
      if (/^\d{1,3}$/.test(value)) exchange.grpcStatus = Number(value);
      return;
    default:
  }
}

function text(value: string): string {
  const bytes = Buffer.from(value.slice(0, MAX_TEXT), 'latin1');
  return printable(bytes, 0, bytes.length);
}

function looksLikeFrame(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < HEADER || buf[start] !== 0) return false;
  return buf[start + 3]! <= CONTINUATION && buf[start + 5]! < 0x80 && u24(buf, start) <= 16_384;
}
