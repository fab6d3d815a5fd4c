/** Counts TCP connections by server and path, and picks the rows that show something, compiled to WebAssembly (see traffic.ts). */

import { matches } from '../../../assembly/bytes';
import { prepare, resetMemory } from '../../../assembly/memory';
import { openTexts, textAt } from '../../../assembly/texts';
import { clear, openVector, reserve, use } from '../../../assembly/vector';
import * as sign from '../../signs';
import * as at from '../layout';
import { endAt, openEnds, useEnds } from './ends';
import { isFull, numberOfPair } from './pairs';

const BUSY_PATH: i32 = 1000; // connections before a path is busy

let ends: i32 = 0; // a table of names and addresses
let clients: i32 = 0; // ends of the batch
let servers: i32 = 0;
let serverIndex: i32 = 0; // a table of pairs, and what is counted of each
let serverCounts: i32 = 0;
let pathIndex: i32 = 0;
let pathCounts: i32 = 0;
let listed: i32 = 0; // a vector
let connections: i32 = 0;

export { prepare };

/** Forgets all. */
export function reset(seed: i32): void {
  resetMemory(seed);
  ends = openTexts();
  clients = openEnds();
  servers = openEnds();
  serverIndex = openTexts();
  serverCounts = openVector();
  pathIndex = openTexts();
  pathCounts = openVector();
  listed = openVector();
  connections = 0;
}

// Columns of the batch, as `count` has them.
let arrays: i32 = 0;

// Of the row that is looked at; -1 when it is not TCP, or beyond what is counted.
let server: i32 = -1;
let path: i32 = -1;

/**
 * Counts rows of `conn` in; returns how many of them show one of the signs that are `wanted` (see {@link listedAt}).
 * `columns`: of clients, servers, protocols and states, each the number of the text by row, -1 for none, where texts begin,
 * and their bytes; the responder's port; retransmissions and zero windows each way; packets each way (64 bits).
 */
export function count(rows: i32, clientTexts: i32, serverTexts: i32, wanted: i32, columns: i32): i32 {
  arrays = columns;
  useEnds(clients, array(0), clientTexts, array(1), array(2));
  useEnds(servers, array(3), serverTexts, array(4), array(5));
  clear(listed);
  let found = 0;
  for (let row = 0; row < rows; row++) {
    server = -1;
    path = -1;
    let signs = signsOfProtocol(row);
    if ((signs & sign.TCP) !== 0) signs |= signsOfState(row) | signsOfNumbers(row) | travel(row);
    if ((signs & wanted) === 0) continue;
    list(row, signs);
    found++;
  }
  return found;
}

function list(row: i32, signs: i32): void {
  const entry = reserve(listed, at.LISTED_INTEGERS << 2);
  store<i32>(entry, row);
  store<i32>(entry, signs, 4);
  store<i32>(entry, server, 8);
  store<i32>(entry, path, 12);
  use(listed, at.LISTED_INTEGERS << 2);
}

function array(number: i32): i32 {
  return load<i32>(arrays + (number << 2));
}

function integer(number: i32, row: i32): i32 {
  return load<i32>(array(number) + (row << 2));
}

function long(number: i32, row: i32): i64 {
  return load<i64>(array(number) + (row << 3));
}

function signsOfProtocol(row: i32): i32 {
  const text = integer(6, row);
  if (text < 0) return 0;
  const start = array(8) + load<i32>(array(7) + (text << 2));
  const end = array(8) + load<i32>(array(7) + (text << 2), 4);
  if (end - start === 3 && matches(start, end, 'tcp')) return sign.TCP;
  const isIcmp = end - start === 4 || (end - start === 5 && load<u8>(start + 4) === 0x36); // '6'
  return isIcmp && matches(start, end, 'icmp') ? sign.ICMP : 0;
}

function signsOfState(row: i32): i32 {
  const text = integer(9, row);
  if (text < 0) return 0;
  const start = array(11) + load<i32>(array(10) + (text << 2));
  const end = array(11) + load<i32>(array(10) + (text << 2), 4);
  if (end - start === 2) return matches(start, end, 'S0') ? sign.UNANSWERED : 0;
  if (end - start === 3) return matches(start, end, 'REJ') ? sign.REFUSED : 0;
  const isReset = end - start === 4 && (matches(start, end, 'RSTO') || matches(start, end, 'RSTR'));
  return isReset ? sign.RESET : 0;
}

function signsOfNumbers(row: i32): i32 {
  let signs = 0;
  if (long(17, row) === 0 || long(18, row) === 0) signs |= sign.ONE_WAY;
  const again = max(integer(13, row), integer(14, row));
  if (again !== 0) signs |= sign.SENT_AGAIN;
  if (again >= sign.OFTEN) signs |= sign.SENT_OFTEN;
  if ((integer(15, row) | integer(16, row)) !== 0) signs |= sign.WINDOW_CLOSED;
  return signs;
}

/** Counts a TCP connection in; returns whether its path is busy. */
function travel(row: i32): i32 {
  connections++;
  const end = endAt(servers, row, ends, isFull(serverIndex, at.MOST_SERVERS));
  server =
    end < 0
      ? -1
      : numberOfPair(serverIndex, at.MOST_SERVERS, serverCounts, at.SERVER_BYTES, end, integer(12, row));
  if (server < 0) return 0;
  const to = load<i32>(serverCounts) + server * at.SERVER_BYTES;
  store<i32>(to, load<i32>(to, at.CONNECTIONS_TO) + 1, at.CONNECTIONS_TO);
  const client = endAt(clients, row, ends, isFull(pathIndex, at.MOST_PATHS));
  path = client < 0 ? -1 : numberOfPair(pathIndex, at.MOST_PATHS, pathCounts, at.PATH_BYTES, server, client);
  if (path < 0) return 0;
  const way = load<i32>(pathCounts) + path * at.PATH_BYTES;
  const times = load<i32>(way, at.CONNECTIONS_OF) + 1;
  store<i32>(way, times, at.CONNECTIONS_OF);
  store<f64>(way, load<f64>(way, at.TO_SERVER) + <f64>long(17, row), at.TO_SERVER);
  store<f64>(way, load<f64>(way, at.TO_CLIENT) + <f64>long(18, row), at.TO_CLIENT);
  return times > BUSY_PATH ? sign.BUSY : 0;
}

/** Where the rows are that were found last (see layout.ts). */
export function listedAt(): i32 {
  return load<i32>(listed);
}

/** TCP connections, whether counted by server and path or not. */
export function connectionCount(): i32 {
  return connections;
}

/** Where what was counted of a server, or of a path, is (see layout.ts). */
export function serverAt(number: i32): i32 {
  return load<i32>(serverCounts) + number * at.SERVER_BYTES;
}

export function pathAt(number: i32): i32 {
  return load<i32>(pathCounts) + number * at.PATH_BYTES;
}

/** Where the text of an end is, at any address: its length, then its bytes. */
export function endTextAt(number: i32): i32 {
  return textAt(ends, number);
}
