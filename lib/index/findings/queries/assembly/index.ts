/** Counts DNS transactions, and picks the rows that show something, compiled to WebAssembly (see ../resolvers.ts). */

import { matches } from '../../../assembly/bytes';
import { prepare, resetMemory } from '../../../assembly/memory';
import { countTexts, findText, numberText, openTexts } from '../../../assembly/texts';
import { clear, openVector, reserve, use } from '../../../assembly/vector';
import { FAILED_QUERY, NO_SUCH_NAME, SLOW_ANSWER, UNANSWERED_QUERY } from '../../signs';
import * as at from '../layout';

const MOST_SERVERS: i32 = 20000;
const MOST_NAMES: i32 = 50000;
const PORT_BYTES: i32 = 2;

const NONE: i32 = -1;
const MULTICAST: i32 = -2;

const NOERROR: i32 = 0;
const NXDOMAIN: i32 = 3;
const DOT: i32 = 0x2e;

let servers: i32 = 0; // a table of hosts and ports
let counts: i32 = 0; // a vector, by server
let names: i32 = 0; // a table of names that were asked for and answered, in whichever way
let noted: i32 = 0; // a vector, by name of the batch
let listed: i32 = 0; // a vector
let key: i32 = 0; // a vector
let answered: i32 = 0;

export { prepare };

/** Forgets all. */
export function reset(seed: i32): void {
  resetMemory(seed);
  servers = openTexts();
  counts = openVector();
  names = openTexts();
  noted = openVector();
  listed = openVector();
  key = openVector();
  answered = 0;
}

// The columns of the batch.
let hosts: i32 = 0;
let hostOffsets: i32 = 0;
let hostBytes: i32 = 0;
let ports: i32 = 0;
let queries: i32 = 0;
let queryOffsets: i32 = 0;
let queryBytes: i32 = 0;
let rcodes: i32 = 0;
let noRcode: i32 = 0;
let rtts: i32 = 0;
let noRtt: i32 = 0;

/**
 * Counts rows of `dns` in; returns how many of them show one of the signs that are `wanted` (see {@link listedAt}). `arrays`: by
 * row, the number of the server's address; where addresses begin, and their bytes; ports; the number of the name that was
 * asked for, -1 for none; where names begin, and their bytes; response codes, and 1 where there is none; seconds, and 1
 * where there are none. `slow`: how many seconds are too many.
 */
export function count(rows: i32, texts: i32, wanted: i32, slow: f64, arrays: i32): i32 {
  hosts = load<i32>(arrays);
  hostOffsets = load<i32>(arrays, 4);
  hostBytes = load<i32>(arrays, 8);
  ports = load<i32>(arrays, 12);
  queries = load<i32>(arrays, 16);
  queryOffsets = load<i32>(arrays, 20);
  queryBytes = load<i32>(arrays, 24);
  rcodes = load<i32>(arrays, 28);
  noRcode = load<i32>(arrays, 32);
  rtts = load<i32>(arrays, 36);
  noRtt = load<i32>(arrays, 40);
  clear(noted);
  memory.fill(reserve(noted, texts), 0, texts);
  clear(listed);
  let found = 0;
  for (let row = 0; row < rows; row++) {
    const server = serverOf(row);
    if (server === MULTICAST) continue;
    if (server >= 0) countServer(server, row);
    const signs = signsOf(row, slow);
    if ((signs & wanted) === 0) continue;
    list(row, signs, server);
    found++;
  }
  return found;
}

function list(row: i32, signs: i32, server: i32): void {
  const entry = reserve(listed, at.LISTED_INTEGERS << 2);
  store<i32>(entry, row);
  store<i32>(entry, signs, 4);
  store<i32>(entry, server, 8);
  use(listed, at.LISTED_INTEGERS << 2);
}

function signsOf(row: i32, slow: f64): i32 {
  const name = load<i32>(queries + (row << 2));
  let signs = 0;
  if (load<u8>(noRtt + row) === 0 && load<f64>(rtts + (row << 3)) >= slow) signs |= SLOW_ANSWER;
  if (load<u8>(noRcode + row) !== 0) return signs | UNANSWERED_QUERY;
  if (name >= 0) note(name);
  const rcode = load<i32>(rcodes + (row << 2));
  if (rcode === NXDOMAIN) return name >= 0 ? signs | NO_SUCH_NAME : signs;
  return rcode === NOERROR ? signs : signs | FAILED_QUERY;
}

/** The name was answered. */
function note(name: i32): void {
  answered++;
  const mark = load<i32>(noted) + name;
  if (load<u8>(mark) !== 0 || countTexts(names) >= MOST_NAMES) return;
  store<u8>(mark, 1);
  const offset = queryOffsets + (name << 2);
  numberText(names, queryBytes + load<i32>(offset), load<i32>(offset, 4) - load<i32>(offset));
}

/** The number of the server of a row. */
function serverOf(row: i32): i32 {
  const host = load<i32>(hosts + (row << 2));
  const start = host < 0 ? 0 : load<i32>(hostOffsets + (host << 2));
  const length = host < 0 ? 0 : load<i32>(hostOffsets + (host << 2), 4) - start;
  if (isMulticast(hostBytes + start, length)) return MULTICAST;
  clear(key);
  const text = reserve(key, length + PORT_BYTES);
  memory.copy(text, hostBytes + start, length);
  store<u16>(text + length, <u16>load<i32>(ports + (row << 2)));
  const known = countTexts(servers);
  if (known >= MOST_SERVERS && findText(servers, text, length + PORT_BYTES) < 0) return NONE;
  const number = numberText(servers, text, length + PORT_BYTES);
  if (number === known) {
    memory.fill(reserve(counts, at.SERVER_BYTES), 0, at.SERVER_BYTES);
    use(counts, at.SERVER_BYTES);
  }
  return number;
}

/** mDNS and LLMNR, to which silence is no fault. */
function isMulticast(host: i32, length: i32): bool {
  const end = host + length;
  if (length === 11) return matches(host, end, '224.0.0.251') || matches(host, end, '224.0.0.252');
  if (length === 8) return matches(host, end, 'ff02::fb');
  return length === 9 && matches(host, end, 'ff02::1:3');
}

function countServer(number: i32, row: i32): void {
  const server = load<i32>(counts) + number * at.SERVER_BYTES;
  store<i32>(server, load<i32>(server, at.ASKED) + 1, at.ASKED);
  if (load<u8>(noRtt + row) !== 0) return;
  const seconds = load<f64>(rtts + (row << 3));
  const bucket = server + (bucketOf(seconds) << 2);
  store<i32>(bucket, load<i32>(bucket, at.TIMES) + 1, at.TIMES);
  store<i32>(server, load<i32>(server, at.ANSWERS) + 1, at.ANSWERS);
  store<f64>(server, max(load<f64>(server, at.LONGEST), seconds), at.LONGEST);
}

function bucketOf(seconds: f64): i32 {
  const steps = floor(at.STEPS * Math.log10(max(seconds, at.SHORTEST) / at.SHORTEST));
  return <i32>min(steps, at.BUCKETS - 1);
}

/** Where the rows are that were found last (see layout.ts). */
export function listedAt(): i32 {
  return load<i32>(listed);
}

/** Where what was counted of a server is (see layout.ts). */
export function countsOf(number: i32): i32 {
  return load<i32>(counts) + number * at.SERVER_BYTES;
}

/** How many questions with a name were answered. */
export function answeredCount(): i32 {
  return answered;
}

/**
 * How many bytes of a name, which was put in, are the name that was meant: of `api.test.default.svc.cluster.local` those of
 * `api.test`, where that was asked for as well. 0 when no name that was asked for begins this one.
 */
export function baseOf(length: i32, arrays: i32): i32 {
  const name = load<i32>(arrays);
  for (let dot = length - 1; dot > 0; dot--) {
    if (<i32>load<u8>(name + dot) === DOT && findText(names, name, dot) >= 0) return dot;
  }
  return 0;
}
