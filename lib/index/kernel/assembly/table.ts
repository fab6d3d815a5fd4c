/** All live flows: rows (see engine/row.ts) found by an open-addressing hash of addresses, ports and protocol. */

import {
  HASH,
  KIND,
  MARK_LIVE,
  MARKS,
  ORIG_ADDRESS,
  ORIG_TAIL,
  PORTS,
  RESP_ADDRESS,
  RESP_TAIL,
  ROW_INTEGERS,
} from '../../engine/row';
import { CAPACITY, FREE, LIVE, SLOTS_AT, STATE_AT, TOP } from '../layout';
import { packet } from './packet';
import { clearRow, integers } from './rows';

/** Of the index into the slots: hash and row of a flow side by side, row -1 for none. */
let mask: u32 = 0;

/** Makes a table for so many rows, of those that are live. */
export function useRows(capacity: i32): void {
  const count: u32 = capacity * 4;
  mask = count - 1;
  memory.fill(SLOTS_AT, 0xff, (<usize>count) << 2);
  setState(CAPACITY, capacity);
  const top = state(TOP);
  for (let number = 0; number < top; number++) {
    const base = number * ROW_INTEGERS;
    if ((integers[base + MARKS] & MARK_LIVE) !== 0) insert(number, integers[base + HASH]);
  }
}

/** The row of the packet's flow times two, plus 1 when its responder sent the packet; -1 when there is none. */
export function find(): i32 {
  const hash = hashOfKey();
  const kind = packet.kind;
  const ports = packet.ports;
  const reversed = rotl<i32>(ports, 16);
  const isIpv4 = kind < 0x600;
  let at = ((<u32>hash) << 1) & mask;
  while (true) {
    const number = slot(at + 1);
    if (number === -1) return -1;
    const base = number * ROW_INTEGERS;
    if (slot(at) === hash && integers[base + KIND] === kind) {
      const orig = integers[base + ORIG_ADDRESS];
      const resp = integers[base + RESP_ADDRESS];
      const own = integers[base + PORTS];
      if (own === ports && orig === packet.source0 && resp === packet.destination0) {
        if (isIpv4 || haveTails(base, ORIG_TAIL, RESP_TAIL)) return number * 2;
      }
      if (own === reversed && orig === packet.destination0 && resp === packet.source0) {
        if (isIpv4 || haveTails(base, RESP_TAIL, ORIG_TAIL)) return number * 2 + 1;
      }
    }
    at = (at + 2) & mask;
  }
}

/** Whether the rest of the IPv6 addresses of source and destination stand at these places of a row. */
function haveTails(base: i32, source: i32, destination: i32): bool {
  const from = base + source;
  const to = base + destination;
  return (
    integers[from] === packet.source1 &&
    integers[from + 1] === packet.source2 &&
    integers[from + 2] === packet.source3 &&
    integers[to] === packet.destination1 &&
    integers[to + 1] === packet.destination2 &&
    integers[to + 2] === packet.destination3
  );
}

/**
 * A row for the packet's flow, which there is none of yet, all zero but for its key; the sender of the packet is
 * the originator unless `reversed`. -1 when there is no more room.
 */
export function add(reversed: bool): i32 {
  if (state(LIVE) === state(CAPACITY)) return -1;
  const number = takeRow();
  const base = number * ROW_INTEGERS;
  const hash = hashOfKey();
  const source = base + (reversed ? RESP_TAIL : ORIG_TAIL);
  const destination = base + (reversed ? ORIG_TAIL : RESP_TAIL);
  clearRow(base);
  integers[base + HASH] = hash;
  integers[base + KIND] = packet.kind;
  integers[base + PORTS] = reversed ? rotl<i32>(packet.ports, 16) : packet.ports;
  integers[base + MARKS] = MARK_LIVE;
  integers[base + (reversed ? RESP_ADDRESS : ORIG_ADDRESS)] = packet.source0;
  integers[base + (reversed ? ORIG_ADDRESS : RESP_ADDRESS)] = packet.destination0;
  integers[source] = packet.source1;
  integers[source + 1] = packet.source2;
  integers[source + 2] = packet.source3;
  integers[destination] = packet.destination1;
  integers[destination + 1] = packet.destination2;
  integers[destination + 2] = packet.destination3;
  insert(number, hash);
  setState(LIVE, state(LIVE) + 1);
  return number;
}

/** The row that was freed last, or one that was never in use. */
function takeRow(): i32 {
  const free = state(FREE) - 1;
  if (free === -1) {
    const top = state(TOP);
    setState(TOP, top + 1);
    return top;
  }
  setState(FREE, integers[free * ROW_INTEGERS + HASH]);
  return free;
}

/** Frees a row. Its slot is closed by moving later ones of its run back: no tombstones. */
export function remove(number: i32): void {
  const base = number * ROW_INTEGERS;
  let at = ((<u32>integers[base + HASH]) << 1) & mask;
  while (slot(at + 1) !== number) at = (at + 2) & mask;
  for (let next = (at + 2) & mask; slot(next + 1) !== -1; next = (next + 2) & mask) {
    const home = ((<u32>slot(next)) << 1) & mask;
    if (((next - home) & mask) >= ((next - at) & mask)) {
      setSlot(at, slot(next), slot(next + 1));
      at = next;
    }
  }
  setSlot(at, -1, -1);
  integers[base + MARKS] = 0;
  integers[base + HASH] = state(FREE);
  setState(FREE, number + 1);
  setState(LIVE, state(LIVE) - 1);
}

function insert(number: i32, hash: i32): void {
  let at = ((<u32>hash) << 1) & mask;
  while (slot(at + 1) !== -1) at = (at + 2) & mask;
  setSlot(at, hash, number);
}

function slot(at: u32): i32 {
  return load<i32>((<usize>at) << 2, SLOTS_AT);
}

function setSlot(at: u32, hash: i32, number: i32): void {
  store<i32>((<usize>at) << 2, hash, SLOTS_AT);
  store<i32>((<usize>at) << 2, number, SLOTS_AT + 4);
}

function state(field: i32): i32 {
  return load<i32>((<usize>field) << 2, STATE_AT);
}

function setState(field: i32, value: i32): void {
  store<i32>((<usize>field) << 2, value, STATE_AT);
}

/** Symmetric in both ends, so that one look-up finds both directions. */
function hashOfKey(): i32 {
  let mixed: u32 = packet.source0 ^ packet.destination0;
  let summed: u32 = packet.source0 + packet.destination0;
  if (packet.kind >= 0x600) {
    mixed =
      (mixed * 31 + (packet.source1 ^ packet.destination1)) * 31 + (packet.source2 ^ packet.destination2);
    mixed = mixed * 31 + (packet.source3 ^ packet.destination3);
    summed = (summed * 31 + packet.source1 + packet.destination1) * 31 + packet.source2 + packet.destination2;
    summed = summed * 31 + packet.source3 + packet.destination3;
  }
  const ports: u32 = packet.ports;
  const port = ports >> 16;
  const other = ports & 0xffff;
  let hash = (mixed ^ (summed * 0x9e3779b1)) * 0x85ebca6b;
  hash ^= (hash >> 15) ^ ((port ^ other) << 16) ^ (port + other) ^ ((packet.kind & 255) << 8);
  hash *= 0xc2b2ae35;
  return hash ^ (hash >> 13);
}
