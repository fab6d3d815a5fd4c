import { KIND, ORIG_ADDRESS, PORTS, RESP_ADDRESS, ROW_INTEGERS } from '../../engine/row';
import * as at from '../layout';

const PROTOCOL_TCP: u32 = 6;
const TCP_OVER_IPV4: u32 = (4 << 8) | PROTOCOL_TCP;

let mask: u32 = 0;

/** The table has as many integers as `integers`, two for each slot. */
export function useSlots(integers: u32): void {
  mask = integers - 1;
}

/** As `FlowTable.find`, for addresses and ports of TCP over IPv4. */
export function findTcpOverIpv4(source: u32, target: u32, ports: u32): i32 {
  const hash = hashOf(source ^ target, source + target, ports >> 16, ports & 0xffff, PROTOCOL_TCP);
  const reversed = rotl(ports, 16);
  let slot = (hash << 1) & mask;
  while (true) {
    const entry = <usize>at.SLOTS_AT + ((<usize>slot) << 2);
    const number = load<i32>(entry, 4);
    if (number === -1) return -1;
    const base = <usize>at.ROWS_AT + <usize>number * (ROW_INTEGERS << 2);
    if (load<u32>(entry) === hash && load<u32>(base, KIND << 2) === TCP_OVER_IPV4) {
      const orig = load<u32>(base, ORIG_ADDRESS << 2);
      const resp = load<u32>(base, RESP_ADDRESS << 2);
      const own = load<u32>(base, PORTS << 2);
      if (orig === source && resp === target && own === ports) return number * 2;
      if (orig === target && resp === source && own === reversed) return number * 2 + 1;
    }
    slot = (slot + 2) & mask;
  }
}

/** As in engine/flow-table.ts. */
function hashOf(mixed: u32, summed: u32, port: u32, otherPort: u32, protocol: u32): u32 {
  let hash = (mixed ^ (summed * 0x9e3779b1)) * 0x85ebca6b;
  hash =
    (hash ^ (hash >> 15) ^ ((port ^ otherPort) << 16) ^ (port + otherPort) ^ (protocol << 8)) * 0xc2b2ae35;
  return hash ^ (hash >> 13);
}
