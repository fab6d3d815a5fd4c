/**
 * The way of most packets: those of which it is beyond doubt what flow they are of, or begin. Others are led by the engine,
 * which calls the same functions for them.
 */
import { PROTOCOL_TCP, TCP_ACK, TCP_RST, TCP_SYN } from '../../../pcap/protocols';
import * as row from '../../engine/row';
import * as at from '../layout';
import { currentInterface, decode } from './decode';
import { open } from './flows';
import { packet } from './packet';
import { doubles, integers } from './rows';
import { isRepeated } from './sightings';
import { takePayload } from './streams/payload';
import { find } from './table';
import { count, follow, note } from './transport';

let member: i32 = 0;
let seesInterfaces: bool = false;

export function useCapture(number: i32, severalInterfaces: bool): void {
  member = number;
  seesInterfaces = severalInterfaces;
}

/** Takes the packet at `start`, if it can; says what became of it (see layout.ts). */
export function take(start: i32, caplen: i32, origlen: i32, now: f64, offset: f64): i32 {
  if (load<i32>(at.STATE_AT, at.RECORD_COUNT << 2) === at.PACKET_RECORDS) return at.FULL;
  if (!decode(start, caplen, origlen)) return at.UNUSUAL;
  packet.time = now;
  packet.offset = offset;
  const located = findOrOpen();
  if (located === -1) return at.UNUSUAL;
  const base = (located >> 1) * row.ROW_INTEGERS;
  if (seesInterfaces) {
    const set = extendedSet(integers[base + row.INTERFACES]);
    if (set < 0) return at.UNUSUAL;
    integers[base + row.INTERFACES] = set;
    if (isRepeated(located)) {
      note(located, member, true);
      return at.TAKEN;
    }
  }
  note(located, member, false);
  count(located, packet.protocol !== PROTOCOL_TCP);
  follow(located);
  const done = (located & 1) === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP;
  if (packet.payloadLength === 0 || (integers[base + row.MARKS] & done) !== 0) return at.TAKEN;
  if (packet.protocol === PROTOCOL_TCP && (packet.flags & TCP_RST) !== 0) return at.TAKEN;
  takePayload(located);
  return at.TAKEN;
}

/** The flow, if it is certain which one; -1 if not. With several interfaces a flow may begin another time, translated. */
function findOrOpen(): i32 {
  const located = find();
  if (located === -1) return seesInterfaces ? -1 : open();
  return isCertain((located >> 1) * row.ROW_INTEGERS) ? located : -1;
}

/** Whether a packet between the ends of a flow is of that flow: it comes before any of them would be let go. */
function isCertain(base: i32): bool {
  const marks = integers[base + row.MARKS];
  if ((marks & row.MARK_ALIAS) !== 0) return false;
  const silence = packet.time - doubles[(base >> 1) + row.LAST_TIME];
  if (packet.protocol !== PROTOCOL_TCP) return silence < at.OTHER_IDLE;
  if ((packet.flags & (TCP_SYN | TCP_ACK | TCP_RST)) === TCP_SYN) return false;
  return silence < ((marks & row.MARK_OVER) !== 0 ? at.TCP_OVER : at.TCP_IDLE);
}

/** The set of interfaces and this one, as `Interfaces` found lately; -1 where it has to be asked. */
function extendedSet(set: i32): i32 {
  const index = currentInterface();
  const ifindex = packet.ifindex;
  const slot = <u32>(set * 31 + ifindex + index * 17) & (at.INTERFACE_SETS - 1);
  const entry = <usize>at.INTERFACE_SETS_AT + <usize>slot * at.INTERFACE_SET_BYTES;
  const isKnown =
    load<i32>(entry) === set && load<i32>(entry, 4) === index && load<i32>(entry, 8) === ifindex;
  return isKnown ? load<i32>(entry, 12) : -1;
}
