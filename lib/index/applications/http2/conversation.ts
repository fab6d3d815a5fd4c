import type { Direction } from '../../analyser.ts';
import { copy, u32 } from '../bytes.ts';
import { Exchange } from '../http/exchange.ts';
import { printable } from '../text.ts';
import { type Field, HpackDecoder } from './hpack.ts';
import type { HttpRows } from './rows.ts';

/** Frame types and flags of RFC 9113. */
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const CONTINUATION = 9;
const END_STREAM = 0x01;
const END_HEADERS = 0x04;
const PADDED = 0x08;
const PRIORITY = 0x20;

const HEADER = 9;
const MAX_BLOCK = 65_536;
const MAX_STREAMS = 1024; // open ones; beyond, the oldest is written as it is
const MAX_TEXT = 4096;

/** One direction: its compression, and a header block that goes on in CONTINUATION frames. */
class Side {
  readonly hpack = new HpackDecoder();
  block: { stream: number; bytes: Uint8Array; endStream: boolean } | undefined;
}

/** HTTP/2 in clear: a row of `http` for each stream with a request. */
export class Http2Connection {
  readonly #flow: number;
  readonly #rows: HttpRows;
  readonly #sides = [new Side(), new Side()] as const;
  readonly #streams = new Map<number, Exchange>();
  #client: Direction | undefined;

  /**
   * `flow`: row of the flow in the flow table; `upgraded`: the request of HTTP/1 that is answered as stream 1 (RFC 7540
   * section 3.2).
   */
  constructor(flow: number, rows: HttpRows, upgraded?: Exchange) {
    this.#flow = flow;
    this.#rows = rows;
    if (upgraded) this.#streams.set(1, upgraded);
  }

  /** This direction is that of the client. */
  preface(direction: Direction): void {
    this.#client ??= direction;
  }

  /** Frames of this direction were lost. */
  lose(direction: Direction): void {
    const { hpack } = this.#sides[direction];
    if (!hpack.isIncomplete) hpack.forget();
  }

  /**
   * A frame of `length` bytes at `buf[start..end)`, as far as it is there and of interest; `cut` when some of interest is not.
   * The bytes are valid during the call.
   */
  frame(
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

  end(): void {
    for (const exchange of this.#streams.values()) this.#write(exchange);
    this.#streams.clear();
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
    this.#rows.add(this.#flow, exchange);
  }
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
