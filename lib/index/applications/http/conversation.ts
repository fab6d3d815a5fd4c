import { type Conversation, type Direction, ENOUGH, type FlowRef } from '../../analyser.ts';
import { Exchange } from './exchange.ts';
import {
  parseRequest,
  parseResponse,
  type RequestHead,
  type ResponseHead,
  startsRequest,
  startsResponse,
} from './head.ts';
import { CHUNKED, type MessageListener, MessageReader, STOP, UNTIL_CLOSE } from './message-reader.ts';
import type { HttpRows } from './rows.ts';

const MAX_PENDING = 64; // requests in a pipeline that wait for their response
const NOTHING = new Uint8Array(0);
/** Shared by all that wait for nothing; never written to. */
const NONE: Exchange[] = [];

/**
 * What the connection turns into: HTTP/2 that begins with the answer to a request that asked for it, or what a
 * CONNECT asked for.
 */
export type OpenNext = (flow: FlowRef, upgraded?: Exchange) => Conversation;

/** HTTP/1.0 and 1.1: a row of `http` for each request, as in Zeek's http.log. */
export class HttpStream implements Conversation, MessageListener {
  readonly #flow: FlowRef;
  readonly #rows: HttpRows;
  readonly #openNext: OpenNext;
  #orig: MessageReader | undefined;
  #resp: MessageReader | undefined;
  #pending: Exchange[] = NONE; // without response
  #client: Direction | undefined;
  #sending: Exchange | undefined; // its request body goes on
  #answering: Exchange | undefined; // its response body goes on
  #next: Conversation | undefined;
  #switched = false;
  #time = 0;

  constructor(flow: FlowRef, rows: HttpRows, openNext: OpenNext) {
    this.#flow = flow;
    this.#rows = rows;
    this.#openNext = openNext;
  }

  data(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): number {
    if (this.#next) return this.#next.data(direction, time, bytes, start, end, missing);
    if (this.#switched) return ENOUGH;
    this.#time = time;
    const reader = this.#reader(direction);
    reader.take(bytes, start, end, missing);
    if (!this.#switched) return reader.leap();
    return this.#startNext(direction, time, reader.rest, missing);
  }

  gap(direction: Direction, time: number, length: number): void {
    if (this.#next) this.#next.gap(direction, time, length);
    else this.#reader(direction).take(NOTHING, 0, 0, length);
  }

  end(time: number): void {
    this.#orig?.end();
    this.#resp?.end();
    this.#responseDone();
    this.#giveUp();
    this.#next?.end(time);
  }

  starts(direction: Direction, buf: Uint8Array, start: number, end: number): boolean {
    if (direction !== this.#client && startsResponse(buf, start, end)) return true;
    return (this.#client === undefined || direction === this.#client) && startsRequest(buf, start, end);
  }

  head(direction: Direction, buf: Uint8Array, start: number, end: number, cut: boolean): number {
    const request = parseRequest(buf, start, end);
    if (request) {
      this.#client = direction;
      return this.#request(request, cut);
    }
    const response = parseResponse(buf, start, end);
    if (!response) return STOP;
    this.#client = direction === 0 ? 1 : 0;
    return this.#response(response, cut);
  }

  body(direction: Direction, length: number): void {
    if (direction !== this.#client) {
      if (this.#answering) this.#answering.responseBody += length;
    } else if (this.#sending) this.#sending.requestBody += length;
  }

  done(direction: Direction): void {
    if (direction === this.#client) this.#sending = undefined;
    else this.#responseDone();
  }

  #reader(direction: Direction): MessageReader {
    if (direction === 0) {
      this.#orig ??= new MessageReader(0, this);
      return this.#orig;
    }
    this.#resp ??= new MessageReader(1, this);
    return this.#resp;
  }

  #giveUp(): void {
    for (const exchange of this.#pending) this.#write(exchange);
    this.#pending = NONE;
  }

  #startNext(direction: Direction, time: number, rest: Uint8Array, missing: number): number {
    if (!this.#next) return ENOUGH;
    return rest.length + missing > 0 ? this.#next.data(direction, time, rest, 0, rest.length, missing) : 0;
  }

  #request(head: RequestHead, cut: boolean): number {
    const exchange = new Exchange(this.#time);
    exchange.asked = true;
    exchange.version = head.version === '' ? null : head.version;
    exchange.method = head.method;
    exchange.host = head.host;
    exchange.uri = head.uri;
    exchange.userAgent = head.userAgent;
    exchange.requestBody = head.contentLength ?? 0;
    exchange.truncated = cut;
    // Responses were lost: those that come now are not to these requests.
    const responses = this.#client === 0 ? this.#resp : this.#orig;
    if (responses?.isLost) this.#giveUp();
    if (this.#pending.length >= MAX_PENDING) this.#write(this.#pending.shift()!);
    // An array that was empty would make room for many with its first push.
    if (this.#pending.length === 0) this.#pending = [exchange];
    else this.#pending.push(exchange);
    this.#sending = exchange;
    return head.chunked ? CHUNKED : exchange.requestBody;
  }

  #response(head: ResponseHead, cut: boolean): number {
    this.#responseDone();
    if (head.status < 200 && head.status !== 101) return 0;
    const exchange = this.#pending.shift() ?? new Exchange(this.#time);
    if (head.status === 101 && head.upgrade === 'h2c' && exchange.asked) {
      this.#switched = true;
      this.#next = this.#openNext(this.#flow, exchange);
      return STOP;
    }
    exchange.version = head.version;
    exchange.status = head.status;
    exchange.message = head.message;
    exchange.truncated ||= cut;
    if (exchange.asked) exchange.latency = Math.max(0, (this.#time - exchange.time) / 1e9);
    if (head.status === 101 || (exchange.method === 'CONNECT' && head.status < 300)) {
      this.#switch(exchange, head);
      return STOP;
    }
    const body = bodyOf(head, exchange.method);
    if (body > 0) exchange.responseBody = body;
    if (body === CHUNKED || body === UNTIL_CLOSE) this.#answering = exchange;
    else this.#write(exchange);
    if (cut && this.#answering) this.#responseDone(); // its body cannot be told from what follows
    return body;
  }

  #switch(exchange: Exchange, head: ResponseHead): void {
    this.#switched = true;
    this.#write(exchange);
    if (head.status !== 101) this.#next = this.#openNext(this.#flow);
    else if (head.upgrade === 'websocket') this.#flow.service = 'websocket';
  }

  #responseDone(): void {
    if (this.#answering) this.#write(this.#answering);
    this.#answering = undefined;
  }

  #write(exchange: Exchange): void {
    if (this.#sending === exchange) this.#sending = undefined; // what is still sent comes too late for the row
    this.#rows.add(this.#flow, exchange.time, exchange);
  }
}

/** Length of a response's body, or how it ends. */
function bodyOf(head: ResponseHead, method: string | null): number {
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return 0;
  if (head.chunked) return CHUNKED;
  return head.contentLength ?? UNTIL_CLOSE;
}
