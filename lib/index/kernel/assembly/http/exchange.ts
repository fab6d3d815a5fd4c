/** A request and its response, as far as they were seen: a row of `http`, as in Zeek's http.log. */

import { allocateZero, release } from '../../../assembly/heap';
import {
  HTTP,
  HTTP_GRPC_STATUS,
  HTTP_HOST,
  HTTP_LATENCY,
  HTTP_MESSAGE,
  HTTP_METHOD,
  HTTP_REQUEST_BODY,
  HTTP_RESPONSE_BODY,
  HTTP_STATUS,
  HTTP_TRUNCATED,
  HTTP_URI,
  HTTP_USER_AGENT,
  HTTP_VERSION,
} from '../../tables';
import {
  setByte,
  setDouble,
  setInteger,
  setLong,
  setNoInteger,
  setNoNumber,
  setSaved,
} from '../tables/columns';
import { beginRow, endRow } from '../tables/rows';
import { forget } from '../text';

@unmanaged
export class Exchange {
  time: f64;
  /** Seconds; -1 where it is not known. */
  latency: f64;
  requestBody: f64;
  responseBody: f64;
  /** The next that waits for its response. */
  next: i32;
  /** Its request was seen. */
  isAsked: bool;
  isTruncated: bool;
  /** Whether its method is one with another body than others. */
  isHead: bool;
  isConnect: bool;
  /** 0 for none. */
  status: i32;
  // Saved texts, 0 for none.
  version: i32;
  method: i32;
  host: i32;
  uri: i32;
  userAgent: i32;
  message: i32;
}

const EXCHANGE: i32 = <i32>offsetof<Exchange>();

export function exchangeAt(at: i32): Exchange {
  return changetype<Exchange>(at);
}

/** 0 without room. */
export function openExchange(time: f64): i32 {
  const at = allocateZero(EXCHANGE);
  if (at === 0) return 0;
  exchangeAt(at).time = time;
  exchangeAt(at).latency = -1;
  return at;
}

/** Writes its row, and lets it go. */
export function writeExchange(flow: i32, at: i32): void {
  const exchange = exchangeAt(at);
  const row = beginRow(HTTP, flow, exchange.time);
  setSaved(HTTP_VERSION, row, exchange.version);
  setSaved(HTTP_METHOD, row, exchange.method);
  setSaved(HTTP_HOST, row, exchange.host);
  setSaved(HTTP_URI, row, exchange.uri);
  setSaved(HTTP_USER_AGENT, row, exchange.userAgent);
  setSaved(HTTP_MESSAGE, row, exchange.message);
  setNoInteger(HTTP_GRPC_STATUS, row);
  setLong(HTTP_REQUEST_BODY, row, exchange.requestBody);
  if (exchange.status === 0) {
    setNoInteger(HTTP_STATUS, row);
    setNoNumber(HTTP_RESPONSE_BODY, row);
  } else {
    setInteger(HTTP_STATUS, row, exchange.status);
    setLong(HTTP_RESPONSE_BODY, row, exchange.responseBody);
  }
  if (exchange.latency < 0) setNoNumber(HTTP_LATENCY, row);
  else setDouble(HTTP_LATENCY, row, exchange.latency);
  setByte(HTTP_TRUNCATED, row, i32(exchange.isTruncated));
  endRow(HTTP);
  forgetExchange(at);
}

export function forgetExchange(at: i32): void {
  const exchange = exchangeAt(at);
  forget(exchange.version);
  forget(exchange.method);
  forget(exchange.host);
  forget(exchange.uri);
  forget(exchange.userAgent);
  forget(exchange.message);
  release(at, EXCHANGE);
}
