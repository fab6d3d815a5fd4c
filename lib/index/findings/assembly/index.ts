/** Counts TCP connections by server and path, and picks the rows of `conn` that show something (see traffic.ts). */

import * as sign from '../signs';
import { endNumber } from './ends';
import * as at from './layout';
import { isFull, numberOfPair } from './pairs';

export { useEnds } from './ends';

const BUSY_PATH: i32 = 1000; // connections before a path is busy

/** Of the row that is looked at; -1 when it is not TCP, or beyond what is counted. */
let server: i32 = -1;
let path: i32 = -1;

/** Forgets all of an earlier capture. */
export function clear(): void {
  memory.fill(at.CONNECTIONS_AT, 0, at.MEMORY_BYTES - at.CONNECTIONS_AT);
}

/** Counts the rows of a slice in; returns how many of them are listed, as they show one of the signs that are wanted. */
export function count(rows: i32, wanted: i32): i32 {
  let listed = 0;
  for (let row = 0; row < rows; row++) {
    server = -1;
    path = -1;
    let signs = signsOfText(at.PROTOCOL_SIGNS_AT, integer(at.PROTOCOL_AT, row));
    if ((signs & sign.TCP) !== 0) {
      signs |= signsOfText(at.STATE_SIGNS_AT, integer(at.STATE_AT, row));
      signs |= signsOfNumbers(row) | travel(row);
    }
    if ((signs & wanted) === 0) continue;
    list(listed++, row, signs);
  }
  return listed;
}

function list(number: i32, row: i32, signs: i32): void {
  const entry = <usize>number * at.LISTED_INTEGERS * 4;
  store<i32>(entry, row, at.LISTED_AT);
  store<i32>(entry, signs, at.LISTED_AT + 4);
  store<i32>(entry, server, at.LISTED_AT + 8);
  store<i32>(entry, path, at.LISTED_AT + 12);
}

/** What a text of the batch shows. */
function signsOfText(table: usize, number: i32): i32 {
  let entry = table;
  while (load<i32>(entry, 4) !== 0 && load<i32>(entry) !== number) entry += 8;
  return load<i32>(entry, 4);
}

function signsOfNumbers(row: i32): i32 {
  let signs = 0;
  if (long(at.TO_SERVER_AT, row) === 0 || long(at.TO_CLIENT_AT, row) === 0) signs |= sign.ONE_WAY;
  const again = max(integer(at.ORIG_AGAIN_AT, row), integer(at.RESP_AGAIN_AT, row));
  if (again !== 0) signs |= sign.SENT_AGAIN;
  if (again >= sign.OFTEN) signs |= sign.SENT_OFTEN;
  if ((integer(at.ORIG_CLOSED_AT, row) | integer(at.RESP_CLOSED_AT, row)) !== 0) signs |= sign.WINDOW_CLOSED;
  return signs;
}

/** Counts a TCP connection in; returns whether its path is busy. */
function travel(row: i32): i32 {
  store<i32>(at.CONNECTIONS_AT, load<i32>(at.CONNECTIONS_AT) + 1);
  server = serverOf(row);
  if (server < 0) return 0;
  addOne(at.CONNECTIONS_TO_AT, server);
  path = pathOf(row);
  if (path < 0) return 0;
  addLong(at.PACKETS_TO_SERVER_AT, long(at.TO_SERVER_AT, row));
  addLong(at.PACKETS_TO_CLIENT_AT, long(at.TO_CLIENT_AT, row));
  return addOne(at.CONNECTIONS_OF_AT, path) > BUSY_PATH ? sign.BUSY : 0;
}

function serverOf(row: i32): i32 {
  const hasNoRoom = isFull(at.SERVER_INDEX_AT, at.MAX_SERVERS);
  const end = endNumber(at.SERVERS_AT, integer(at.SERVER_END_AT, row), hasNoRoom);
  const port = integer(at.PORT_AT, row);
  return end < 0 ? -1 : numberOfPair(at.SERVER_INDEX_AT, at.MAX_SERVERS, at.SERVER_SLOTS, end, port);
}

function pathOf(row: i32): i32 {
  const hasNoRoom = isFull(at.PATH_INDEX_AT, at.MAX_PATHS);
  const end = endNumber(at.CLIENTS_AT, integer(at.CLIENT_END_AT, row), hasNoRoom);
  return end < 0 ? -1 : numberOfPair(at.PATH_INDEX_AT, at.MAX_PATHS, at.PATH_SLOTS, server, end);
}

function addOne(counts: usize, number: i32): i32 {
  const place = counts + ((<usize>number) << 2);
  const sum = load<i32>(place) + 1;
  store<i32>(place, sum);
  return sum;
}

/** To what was counted of the path. */
function addLong(sums: usize, value: i64): void {
  const place = sums + ((<usize>path) << 3);
  store<f64>(place, load<f64>(place) + <f64>value);
}

function integer(column: usize, row: i32): i32 {
  return load<i32>(column + ((<usize>row) << 2));
}

function long(column: usize, row: i32): i64 {
  return load<i64>(column + ((<usize>row) << 3));
}
