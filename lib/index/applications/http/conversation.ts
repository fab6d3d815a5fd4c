import type { Conversation, Direction, FlowRef } from '../../analyser.ts';
import type { RowBuffer } from '../row-buffer.ts';
import {
  parseRequest,
  parseResponse,
  type RequestHead,
  type ResponseHead,
  startsRequest,
  startsResponse,
} from './head.ts';
import { type Body, MessageReader } from './message-reader.ts';

const MAX_PENDING = 64; // requests in a pipeline that wait for their response
const NOTHING = new Uint8Array(0);

/** A request that asked for HTTP/2 and is answered in it. */
export interface UpgradedRequest {
  time: number;
  head: RequestHead;
  body: number; // bytes
}

/** What the connection turns into: HTTP/2 that begins with the answer to a request, or what a CONNECT asked for. */
export type OpenNext = (flow: FlowRef, upgraded?: UpgradedRequest) => Conversation;

interface Exchange {
  time: number;
  request: RequestHead | null;
  requestBody: number;
  response: ResponseHead | null;
  responseBody: number;
  latency: number | null; // seconds
  cut: boolean;
}

/** HTTP/1.0 and 1.1: a row of `http` for each request, as in Zeek's http.log. */
export class HttpStream implements Conversation {
  readonly #flow: FlowRef;
  readonly #rows: RowBuffer;
  readonly #openNext: OpenNext;
  readonly #readers: readonly [MessageReader, MessageReader];
  readonly #pending: Exchange[] = []; // without response
  #client: Direction | undefined;
  #sending: Exchange | undefined; // its request body goes on
  #answering: Exchange | undefined; // its response body goes on
  #next: Conversation | undefined;
  #switched = false;
  #time = 0;

  constructor(flow: FlowRef, rows: RowBuffer, openNext: OpenNext) {
    this.#flow = flow;
    this.#rows = rows;
    this.#openNext = openNext;
    this.#readers = [this.#reader(0), this.#reader(1)];
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
    if (this.#switched) return Number.POSITIVE_INFINITY;
    this.#time = time;
    const reader = this.#readers[direction];
    reader.take(bytes, start, end, missing);
    if (!this.#switched) return reader.leap();
    return this.#startNext(direction, time, reader.rest, missing);
  }

  gap(direction: Direction, time: number, length: number): void {
    if (this.#next) this.#next.gap(direction, time, length);
    else this.#readers[direction].take(NOTHING, 0, 0, length);
  }

  end(time: number): void {
    for (const reader of this.#readers) reader.end();
    this.#responseDone();
    this.#giveUp();
    this.#next?.end(time);
  }

  #giveUp(): void {
    for (const exchange of this.#pending) this.#write(exchange);
    this.#pending.length = 0;
  }

  #startNext(direction: Direction, time: number, rest: Uint8Array, missing: number): number {
    if (!this.#next) return Number.POSITIVE_INFINITY;
    return rest.length + missing > 0 ? this.#next.data(direction, time, rest, 0, rest.length, missing) : 0;
  }

  #reader(direction: Direction): MessageReader {
    return new MessageReader({
      starts: (buf, start, end) => {
        if (this.#client === undefined)
          return startsRequest(buf, start, end) || startsResponse(buf, start, end);
        return direction === this.#client ? startsRequest(buf, start, end) : startsResponse(buf, start, end);
      },
      head: (buf, start, end, cut) => this.#head(direction, buf, start, end, cut),
      body: length => {
        const exchange = direction === this.#client ? this.#sending : this.#answering;
        if (exchange && direction === this.#client) exchange.requestBody += length;
        else if (exchange) exchange.responseBody += length;
      },
      done: () => {
        if (direction === this.#client) this.#sending = undefined;
        else this.#responseDone();
      },
    });
  }

  #head(direction: Direction, buf: Uint8Array, start: number, end: number, cut: boolean): Body {
    const request = parseRequest(buf, start, end);
    if (request) {
      this.#client = direction;
      return this.#request(request, cut);
    }
    const response = parseResponse(buf, start, end);
    if (!response) return { kind: 'stop' };
    this.#client = direction === 0 ? 1 : 0;
    return this.#response(response, cut);
  }

  #request(head: RequestHead, cut: boolean): Body {
    const exchange: Exchange = {
      time: this.#time,
      request: head,
      requestBody: head.contentLength ?? 0,
      response: null,
      responseBody: 0,
      latency: null,
      cut,
    };
    // Responses were lost: those that come now are not to these requests.
    if (this.#readers[this.#client === 0 ? 1 : 0].isLost) this.#giveUp();
    if (this.#pending.length >= MAX_PENDING) this.#write(this.#pending.shift()!);
    this.#pending.push(exchange);
    this.#sending = exchange;
    if (head.chunked) return { kind: 'chunked' };
    return { kind: 'length', length: exchange.requestBody };
  }

  #response(head: ResponseHead, cut: boolean): Body {
    this.#responseDone();
    if (head.status < 200 && head.status !== 101) return { kind: 'none' };
    const exchange = this.#pending.shift() ?? {
      time: this.#time,
      request: null,
      requestBody: 0,
      response: null,
      responseBody: 0,
      latency: null,
      cut,
    };
    exchange.response = head;
    exchange.cut ||= cut;
    if (exchange.request) exchange.latency = Math.max(0, (this.#time - exchange.time) / 1e9);
    if (head.status === 101 || (exchange.request?.method === 'CONNECT' && head.status < 300)) {
      this.#switch(exchange, head);
      return { kind: 'stop' };
    }
    const body = bodyOf(head, exchange.request);
    if (body.kind === 'length') exchange.responseBody = body.length;
    if (body.kind === 'chunked' || body.kind === 'close') this.#answering = exchange;
    else this.#write(exchange);
    if (cut && this.#answering) this.#responseDone(); // its body cannot be told from what follows
    return body;
  }

  #switch(exchange: Exchange, head: ResponseHead): void {
    const { request, time, requestBody } = exchange;
    this.#switched = true;
    if (head.status === 101 && head.upgrade === 'h2c' && request) {
      this.#next = this.#openNext(this.#flow, { time, head: request, body: requestBody });
      return;
    }
    this.#write(exchange);
    if (head.status !== 101) this.#next = this.#openNext(this.#flow);
    else if (head.upgrade === 'websocket') this.#flow.service = 'websocket';
  }

  #responseDone(): void {
    if (this.#answering) this.#write(this.#answering);
    this.#answering = undefined;
  }

  #write({ time, request, requestBody, response, responseBody, latency, cut }: Exchange): void {
    this.#rows.add(this.#flow, time, {
      version: response?.version || request?.version || null,
      method: request?.method ?? null,
      host: request?.host ?? null,
      uri: request?.uri ?? null,
      user_agent: request?.userAgent ?? null,
      status_code: response?.status ?? null,
      status_msg: response?.message ?? null,
      grpc_status: null,
      request_body_len: requestBody,
      response_body_len: response ? responseBody : null,
      latency,
      truncated: cut,
    });
  }
}

function bodyOf(head: ResponseHead, request: RequestHead | null): Body {
  if (request?.method === 'HEAD' || head.status === 204 || head.status === 304) return { kind: 'none' };
  if (head.chunked) return { kind: 'chunked' };
  if (head.contentLength !== null) return { kind: 'length', length: head.contentLength };
  return { kind: 'close' };
}
