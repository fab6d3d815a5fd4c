/**
 * Pairs the queries and answers of one flow: a row of `dns` for each transaction, as in Zeek's dns.log. A query that
 * is sent again before its answer belongs to the same transaction, so do the answers to it.
 */

import { isEqual } from '../../../assembly/bytes';
import { allocate, release } from '../../../assembly/heap';
import { NAME_AT, QUERIES_AT, QUERY_SLOTS } from '../../layout';
import * as message from './message';
import { writeAnswer, writeQuery } from './row';

const MAX_PENDING: i32 = 4096; // queries waiting for an answer, one flow
const TIMEOUT: f64 = 60e9; // nanoseconds; resolvers give up after 5 to 30 s

/** A question, as its message has it. The name follows. */
@unmanaged
export class Query {
  time: f64;
  /** Others of the flow, in the order sent; another one in the same slot. */
  next: i32;
  previous: i32;
  nextInSlot: i32;
  owner: i32;
  id: i32;
  flags: i32;
  qtype: i32;
  qclass: i32;
  isCut: bool;
  nameLength: i32;
  /** The query and its retries on this flow, and how many of these were answered. */
  sent: i32;
  answered: i32;
}

/** What waits for an answer in one flow. */
@unmanaged
export class Queries {
  /** Row of the flow in the flow table. */
  flow: i32;
  first: i32;
  last: i32;
  count: i32;
}

const QUERY: i32 = <i32>offsetof<Query>();

export function queryAt(at: i32): Query {
  return changetype<Query>(at);
}

/** Where the name of a query is. */
export function nameOf(query: i32): i32 {
  return query + QUERY;
}

/** A capture begins. */
export function resetQueries(): void {
  memory.fill(QUERIES_AT, 0, QUERY_SLOTS << 2);
}

/** The message that was read is a query. */
export function takeQuery(queries: Queries, time: f64): void {
  expire(queries, time);
  const open = find(queries);
  if (open !== 0) {
    if (queryAt(open).answered < queryAt(open).sent) {
      queryAt(open).sent++;
      return;
    }
    remove(queries, open);
  }
  add(queries, time);
}

/** The message that was read is an answer. */
export function takeAnswer(queries: Queries, time: f64): void {
  let at = find(queries);
  if (at === 0) at = findUnread(queries);
  if (at === 0) {
    writeAnswer(queries.flow, time, 0, -1);
    return;
  }
  const query = queryAt(at);
  query.answered++;
  if (query.answered === 1) writeAnswer(queries.flow, query.time, at, max(0, (time - query.time) / 1e9));
  if (query.answered >= query.sent) remove(queries, at);
}

/** The flow ends: what was not answered is written as it is. */
export function closeQueries(queries: Queries): void {
  while (queries.first !== 0) close(queries, queries.first);
}

/** Copies the message; without room the query is not waited for. */
function add(queries: Queries, time: f64): void {
  const length = max(message.nameLength, 0);
  const at = allocate(QUERY + length);
  if (at === 0) return;
  const query = queryAt(at);
  query.time = time;
  query.owner = changetype<i32>(queries);
  query.id = message.id;
  query.flags = message.flags;
  query.qtype = message.qtype;
  query.qclass = message.qclass;
  query.isCut = message.isCut;
  query.nameLength = message.nameLength;
  query.sent = 1;
  query.answered = 0;
  memory.copy(at + QUERY, NAME_AT, length);
  query.next = 0;
  query.previous = queries.last;
  if (queries.last === 0) queries.first = at;
  else queryAt(queries.last).next = at;
  queries.last = at;
  queries.count++;
  const slot = slotOf(query.owner, query.id, query.qtype);
  query.nextInSlot = load<i32>(slot);
  store<i32>(slot, at);
}

function remove(queries: Queries, at: i32): void {
  const query = queryAt(at);
  if (query.previous === 0) queries.first = query.next;
  else queryAt(query.previous).next = query.next;
  if (query.next === 0) queries.last = query.previous;
  else queryAt(query.next).previous = query.previous;
  queries.count--;
  removeFromSlot(at);
  release(at, QUERY + max(query.nameLength, 0));
}

function removeFromSlot(at: i32): void {
  const query = queryAt(at);
  const slot = slotOf(query.owner, query.id, query.qtype);
  let other = load<i32>(slot);
  if (other === at) {
    store<i32>(slot, query.nextInSlot);
    return;
  }
  while (queryAt(other).nextInSlot !== at) other = queryAt(other).nextInSlot;
  queryAt(other).nextInSlot = query.nextInSlot;
}

function slotOf(owner: i32, id: i32, qtype: i32): i32 {
  const hash = (<u32>owner >> 4) * 0x9e3779b1 + (<u32>id * 31 + <u32>qtype) * 0x85ebca6b;
  return QUERIES_AT + ((hash >> 18) << 2);
}

/** The pending query with the id, type and name of the message; 0 for none. */
function find(queries: Queries): i32 {
  const owner = changetype<i32>(queries);
  let at = queries.count === 0 ? 0 : load<i32>(slotOf(owner, message.id, message.qtype));
  for (; at !== 0; at = queryAt(at).nextInSlot) {
    const query = queryAt(at);
    if (query.owner !== owner || query.id !== message.id || query.qtype !== message.qtype) continue;
    if (query.nameLength !== message.nameLength) continue;
    if (query.nameLength < 1 || isEqual(nameOf(at), NAME_AT, query.nameLength)) return at;
  }
  return 0;
}

/** The pending query that an answer belongs to by its id alone, where name or type cannot be read. */
function findUnread(queries: Queries): i32 {
  for (let at = queries.first; at !== 0; at = queryAt(at).next) {
    const query = queryAt(at);
    if (query.id !== message.id) continue;
    const isUnread =
      message.nameLength < 0 || message.qtype < 0 || query.qtype < 0 || message.questions === 0;
    if (isUnread) return at;
  }
  return 0;
}

function expire(queries: Queries, now: f64): void {
  while (queries.first !== 0) {
    const first = queries.first;
    if (queries.count < MAX_PENDING && now - queryAt(first).time < TIMEOUT) return;
    close(queries, first);
  }
}

function close(queries: Queries, at: i32): void {
  if (queryAt(at).answered === 0) writeQuery(queries.flow, at);
  remove(queries, at);
}
