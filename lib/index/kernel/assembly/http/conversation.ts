/** HTTP/1.0 and 1.1 over TCP: a row of `http` for each request. */

import { allocateZero, release } from '../../../assembly/heap';
import { HTTP2, TLS } from '../../layout';
import { WEBSOCKET } from '../../services';
import { openUpgraded } from '../host';
import * as http2 from '../http2/conversation';
import * as conversation from '../streams/conversation';
import { setService } from '../streams/service';
import { forget } from '../text';
import { Exchange, exchangeAt, forgetExchange, openExchange, writeExchange } from './exchange';
import * as head from './head';
import {
  CHUNKED,
  drop,
  endReader,
  isLost,
  leapOf,
  MESSAGE_READER,
  MessageReader,
  releaseJoined,
  STOP,
  takeBytes,
  UNTIL_CLOSE,
} from './message-reader';

const MAX_PENDING: i32 = 64; // requests in a pipeline that wait for their response

@unmanaged
class Connection {
  /** Row of the flow in the flow table. */
  flow: i32;
  /** Readers by direction; 0 before the first bytes of one. */
  orig: i32;
  resp: i32;
  /** Requests without response, in order. */
  pending: i32;
  pendingCount: i32;
  /** Direction of the client, -1 before it is known. */
  client: i32;
  /** The exchanges whose request and response bodies go on, 0 for none. */
  sending: i32;
  answering: i32;
  /** What the connection turned into: HTTP/2, or what a CONNECT asked for; 0 for neither. */
  next: i32;
  nextKind: i32;
  hasSwitched: bool;
  /** Of the bytes that are taken. */
  time: f64;
}

const CONNECTION: i32 = <i32>offsetof<Connection>();

function connectionAt(at: i32): Connection {
  return changetype<Connection>(at);
}

function reader(at: i32): MessageReader {
  return changetype<MessageReader>(at);
}

export function open(flow: i32): i32 {
  const at = allocateZero(CONNECTION);
  if (at === 0) return 0;
  connectionAt(at).flow = flow;
  connectionAt(at).client = -1;
  return at;
}

export function data(at: i32, direction: i32, time: f64, start: i32, end: i32, missing: i32): i32 {
  const connection = connectionAt(at);
  if (connection.next !== 0) {
    return conversation.data(connection.nextKind, connection.next, direction, time, start, end, missing);
  }
  if (connection.hasSwitched) return conversation.ENOUGH;
  connection.time = time;
  const own = readerOf(at, direction);
  if (own === 0) return conversation.ENOUGH;
  takeBytes(reader(own), start, end, missing);
  const unneeded = connection.hasSwitched
    ? startNext(connection, reader(own), direction, time, missing)
    : leapOf(reader(own));
  releaseJoined(reader(own));
  return unneeded;
}

export function gap(at: i32, direction: i32, time: f64, length: i32): void {
  const connection = connectionAt(at);
  if (connection.next !== 0) {
    conversation.gap(connection.nextKind, connection.next, direction, time, length);
    return;
  }
  const own = readerOf(at, direction);
  if (own === 0) return;
  takeBytes(reader(own), 0, 0, length);
  releaseJoined(reader(own));
}

export function end(at: i32, time: f64): void {
  const connection = connectionAt(at);
  if (connection.orig !== 0) endReader(reader(connection.orig));
  if (connection.resp !== 0) endReader(reader(connection.resp));
  finishResponse(connection);
  giveUp(connection);
  if (connection.next !== 0) conversation.end(connection.nextKind, connection.next, time);
  close(connection.orig);
  close(connection.resp);
  release(at, CONNECTION);
}

function close(own: i32): void {
  if (own === 0) return;
  drop(reader(own));
  release(own, MESSAGE_READER);
}

/** 0 without room. */
function readerOf(at: i32, direction: i32): i32 {
  const connection = connectionAt(at);
  const known = direction === 0 ? connection.orig : connection.resp;
  if (known !== 0) return known;
  const own = allocateZero(MESSAGE_READER);
  if (own === 0) return 0;
  reader(own).owner = at;
  reader(own).direction = direction;
  if (direction === 0) connection.orig = own;
  else connection.resp = own;
  return own;
}

/** Whether a message can begin here: where to go on after a loss. */
export function mayStart(at: i32, direction: i32, start: i32, end: i32): bool {
  const client = connectionAt(at).client;
  if (direction !== client && head.startsResponse(start, end)) return true;
  return (client === -1 || direction === client) && head.startsRequest(start, end);
}

/** The head of a message; `isCut` when bytes of it are missing. Says how long its body is, or how it goes on. */
export function takeHead(at: i32, direction: i32, start: i32, end: i32, isCut: bool): f64 {
  const connection = connectionAt(at);
  if (head.readRequest(start, end)) {
    connection.client = direction;
    return takeRequest(connection, isCut);
  }
  if (!head.readResponse(start, end)) return STOP;
  connection.client = 1 - direction;
  return takeResponse(connection, isCut);
}

/** Bytes of a body that does not announce its length. */
export function takeBody(at: i32, direction: i32, length: f64): void {
  const connection = connectionAt(at);
  if (direction !== connection.client) {
    if (connection.answering !== 0) exchangeAt(connection.answering).responseBody += length;
  } else if (connection.sending !== 0) exchangeAt(connection.sending).requestBody += length;
}

/** The last byte of a body that does not announce its length. */
export function endBody(at: i32, direction: i32): void {
  if (direction === connectionAt(at).client) connectionAt(at).sending = 0;
  else finishResponse(connectionAt(at));
}

function giveUp(connection: Connection): void {
  while (connection.pending !== 0) write(connection, takePending(connection));
}

function takePending(connection: Connection): i32 {
  const first = connection.pending;
  connection.pending = exchangeAt(first).next;
  connection.pendingCount--;
  return first;
}

function addPending(connection: Connection, added: i32): void {
  exchangeAt(added).next = 0;
  connection.pendingCount++;
  if (connection.pending === 0) {
    connection.pending = added;
    return;
  }
  let last = connection.pending;
  while (exchangeAt(last).next !== 0) last = exchangeAt(last).next;
  exchangeAt(last).next = added;
}

/** What the connection turned into is given what came behind the head that said so. */
function startNext(connection: Connection, own: MessageReader, direction: i32, time: f64, missing: i32): i32 {
  if (connection.next === 0) return conversation.ENOUGH;
  if (own.restEnd - own.rest + missing <= 0) return 0;
  const kind = connection.nextKind;
  return conversation.data(kind, connection.next, direction, time, own.rest, own.restEnd, missing);
}

function takeRequest(connection: Connection, isCut: bool): f64 {
  const body = max(head.contentLength, 0);
  const at = openExchange(connection.time);
  if (at === 0) return STOP;
  const exchange = exchangeAt(at);
  exchange.isAsked = true;
  exchange.isHead = head.isHead;
  exchange.isConnect = head.isConnect;
  exchange.version = head.version;
  exchange.method = head.method;
  exchange.host = head.host;
  exchange.uri = head.uri;
  exchange.userAgent = head.userAgent;
  exchange.requestBody = body;
  exchange.isTruncated = isCut;
  // Responses were lost: those that come now are not to these requests.
  const responses = connection.client === 0 ? connection.resp : connection.orig;
  if (responses !== 0 && isLost(reader(responses))) giveUp(connection);
  if (connection.pendingCount >= MAX_PENDING) write(connection, takePending(connection));
  addPending(connection, at);
  connection.sending = at;
  return head.isChunked ? CHUNKED : body;
}

function takeResponse(connection: Connection, isCut: bool): f64 {
  finishResponse(connection);
  const status = head.status;
  if (status < 200 && status !== 101) {
    head.forgetTexts();
    return 0;
  }
  const at = connection.pending === 0 ? openExchange(connection.time) : takePending(connection);
  if (at === 0) return STOP;
  const exchange = exchangeAt(at);
  if (status === 101 && head.upgrade === head.UPGRADE_H2C && exchange.isAsked) {
    head.forgetTexts();
    upgrade(connection, exchange);
    return STOP;
  }
  takeStart(exchange);
  exchange.isTruncated = exchange.isTruncated || isCut;
  if (exchange.isAsked) exchange.latency = max(0, (connection.time - exchange.time) / 1e9);
  if (status === 101 || (exchange.isConnect && status < 300)) {
    turn(connection, at, status);
    return STOP;
  }
  const body = bodyOf(exchange);
  if (body > 0) exchange.responseBody = body;
  if (body === CHUNKED || body === UNTIL_CLOSE) connection.answering = at;
  else write(connection, at);
  // Its body cannot be told from what follows.
  if (isCut) finishResponse(connection);
  return body;
}

/** What the start line of a response says. */
function takeStart(exchange: Exchange): void {
  forget(exchange.version);
  exchange.version = head.version;
  exchange.status = head.status;
  exchange.message = head.message;
  forget(head.host);
  forget(head.userAgent);
}

/** The answer to the request comes as HTTP/2 (RFC 7540 section 3.2). */
function upgrade(connection: Connection, exchange: Exchange): void {
  connection.hasSwitched = true;
  connection.nextKind = HTTP2;
  connection.next = http2.start(
    openUpgraded(
      connection.flow,
      exchange.time,
      exchange.requestBody,
      exchange.method,
      exchange.host,
      exchange.uri,
      exchange.userAgent,
    ),
  );
  forgetExchange(changetype<i32>(exchange));
  connection.sending = 0;
}

/** The connection is another protocol's from here on. */
function turn(connection: Connection, at: i32, status: i32): void {
  connection.hasSwitched = true;
  write(connection, at);
  if (status !== 101) {
    connection.nextKind = TLS;
    connection.next = conversation.open(TLS, connection.flow);
  } else if (head.upgrade === head.UPGRADE_WEBSOCKET) setService(connection.flow, WEBSOCKET);
}

function finishResponse(connection: Connection): void {
  if (connection.answering !== 0) write(connection, connection.answering);
  connection.answering = 0;
}

function write(connection: Connection, at: i32): void {
  if (connection.sending === at) connection.sending = 0; // what is still sent comes too late for the row
  writeExchange(connection.flow, at);
}

/** Length of a response's body, or how it ends. */
function bodyOf(exchange: Exchange): f64 {
  const status = head.status;
  if (exchange.isHead || status === 204 || status === 304) return 0;
  if (head.isChunked) return CHUNKED;
  return head.contentLength < 0 ? UNTIL_CLOSE : head.contentLength;
}
