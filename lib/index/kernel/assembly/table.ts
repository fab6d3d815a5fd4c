import {
  KIND,
  ORIG_ADDRESS,
  ORIG_TAIL,
  PORTS,
  RESP_ADDRESS,
  RESP_TAIL,
  ROW_INTEGERS,
} from '../../engine/row';
import { SLOTS_AT } from '../layout';
import { word } from './decode';
import { packet } from './packet';
import { integers } from './rows';

let mask: u32 = 0;

/** The table has as many integers as `count`, two for each slot. */
export function useSlots(count: u32): void {
  mask = count - 1;
}

/** As `FlowTable.find`. */
export function find(): i32 {
  return packet.version === 4 ? findIpv4() : findIpv6();
}

function findIpv4(): i32 {
  const source = word(packet.source);
  const target = word(packet.destination);
  const ports = packet.ports;
  const kind = (4 << 8) | packet.protocol;
  const hash = hashOf(source ^ target, source + target, ports, packet.protocol);
  const reversed = rotl<i32>(ports, 16);
  let slot = (hash << 1) & mask;
  while (true) {
    const number = load<i32>((<usize>slot) << 2, SLOTS_AT + 4);
    if (number === -1) return -1;
    const base = number * ROW_INTEGERS;
    if (load<u32>((<usize>slot) << 2, SLOTS_AT) === hash && integers[base + KIND] === kind) {
      const orig = integers[base + ORIG_ADDRESS];
      const resp = integers[base + RESP_ADDRESS];
      const own = integers[base + PORTS];
      if (orig === source && resp === target && own === ports) return number * 2;
      if (orig === target && resp === source && own === reversed) return number * 2 + 1;
    }
    slot = (slot + 2) & mask;
  }
}

function findIpv6(): i32 {
  const source = packet.source;
  const target = packet.destination;
  const ports = packet.ports;
  const kind = (6 << 8) | packet.protocol;
  let mixed: i32 = 0;
  let summed: i32 = 0;
  for (let at = 0; at < 16; at += 4) {
    mixed = mixed * 31 + (word(source + at) ^ word(target + at));
    summed = summed * 31 + word(source + at) + word(target + at);
  }
  const hash = hashOf(mixed, summed, ports, packet.protocol);
  const reversed = rotl<i32>(ports, 16);
  let slot = (hash << 1) & mask;
  while (true) {
    const number = load<i32>((<usize>slot) << 2, SLOTS_AT + 4);
    if (number === -1) return -1;
    const base = number * ROW_INTEGERS;
    if (load<u32>((<usize>slot) << 2, SLOTS_AT) === hash && integers[base + KIND] === kind) {
      const own = integers[base + PORTS];
      if (own === ports && isAddress(base, source, true) && isAddress(base, target, false)) return number * 2;
      if (own === reversed && isAddress(base, target, true) && isAddress(base, source, false))
        return number * 2 + 1;
    }
    slot = (slot + 2) & mask;
  }
}

/** Whether the address at `at` is that of the originator, or of the responder, of a row. */
function isAddress(base: i32, at: i32, isOrig: bool): bool {
  const tail = base + (isOrig ? ORIG_TAIL : RESP_TAIL);
  return (
    integers[base + (isOrig ? ORIG_ADDRESS : RESP_ADDRESS)] === word(at) &&
    integers[tail] === word(at + 4) &&
    integers[tail + 1] === word(at + 8) &&
    integers[tail + 2] === word(at + 12)
  );
}

/** As in engine/flow-table.ts. */
function hashOf(mixed: u32, summed: u32, ports: u32, protocol: u32): u32 {
  const port = ports >> 16;
  const other = ports & 0xffff;
  let hash = (mixed ^ (summed * 0x9e3779b1)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 15) ^ ((port ^ other) << 16) ^ (port + other) ^ (protocol << 8)) * 0xc2b2ae35;
  return hash ^ (hash >> 13);
}
