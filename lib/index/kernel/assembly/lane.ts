/**
 * The shortest way for the most frequent packet: the next segment of an established TCP connection over IPv4 without
 * options, fragments, tags and tunnels, where nothing is missing and nothing was sent again. It does to a flow what
 * `Flows.locate`, `Flows.count` and `Flows.transport` would do, without a look at what cannot be; all other packets
 * take the usual way.
 */

import * as row from '../../engine/row';
import * as at from '../layout';
import { addHistory } from './history';
import { addRecord } from './packets';
import { isRepeated, placeOf } from './sightings';
import { findTcpOverIpv4 } from './table';

const ETHER_TYPE_IPV4: u16 = 0x0008; // as it is loaded
const VERSION_AND_LENGTH: u8 = 0x45;
const PROTOCOL_TCP: u8 = 6;
const FRAGMENT: u16 = 0xff3f; // more fragments or an offset, as it is loaded
const FIN_SYN_RST_ACK: i32 = 0x17;
const ACK: i32 = 0x10;
const ESTABLISHED: i32 = 4;
const TCP_IDLE: f64 = 300e9;
const HISTORY_ACK: i32 = 2;
const HISTORY_DATA: i32 = 3;
/** Zeek's times of a handshake are kept one above the clock, so that 0 can mean "not seen". */
const TIME_OFFSET: f64 = 1;

let headerLength: usize = 0;
let etherTypeAt: i32 = -1;
let sll: i32 = 0;
let interfaceIndex: i32 = 0;
let member: i32 = 0;
let seesInterfaces: bool = false;

/** A link layer whose header has one length; its EtherType is at `etherType`, -1 for none. */
export function useLink(length: i32, etherType: i32, version: i32, index: i32): void {
  headerLength = length;
  etherTypeAt = etherType;
  sll = version;
  interfaceIndex = index;
}

export function useCapture(number: i32, severalInterfaces: bool): void {
  member = number;
  seesInterfaces = severalInterfaces;
}

/** Takes the packet at `start`, if it can; says what became of it (see layout.ts). */
export function take(start: usize, caplen: i32, origlen: i32, now: f64, offset: f64): i32 {
  const state = at.STATE_AT;
  if (load<i32>(state, at.RECORD_COUNT << 2) === at.PACKET_RECORDS) return at.FULL;
  const network = start + headerLength;
  const transport = network + 20;
  const end = start + caplen;
  if (caplen < <i32>headerLength + 40 || load<u8>(network) !== VERSION_AND_LENGTH) return at.UNUSUAL;
  if (etherTypeAt >= 0 && load<u16>(start + etherTypeAt) !== ETHER_TYPE_IPV4) return at.UNUSUAL;
  if (load<u8>(network, 9) !== PROTOCOL_TCP || (load<u16>(network, 6) & FRAGMENT) !== 0) return at.UNUSUAL;
  const flags = <i32>load<u8>(transport, 13);
  if ((flags & FIN_SYN_RST_ACK) !== ACK) return at.UNUSUAL;
  const ipLength = <i32>bswap(load<u16>(network, 2));
  const header = (<i32>load<u8>(transport, 12) >> 4) << 2;
  const length = ipLength - 20 - header;
  if (header < 20 || length < 0) return at.UNUSUAL;

  const located = findTcpOverIpv4(
    bswap(load<u32>(network, 12)),
    bswap(load<u32>(network, 16)),
    bswap(load<u32>(transport)),
  );
  if (located === -1) return at.UNUSUAL;
  const base = <usize>at.ROWS_AT + <usize>(located >> 1) * (row.ROW_INTEGERS << 2);
  const marks = load<i32>(base, row.MARKS << 2);
  if ((marks & (row.MARK_ALIAS | row.MARK_OVER)) !== 0) return at.UNUSUAL;
  const last = load<f64>(base, row.LAST_TIME << 3);
  if (!(now - last < TCP_IDLE)) return at.UNUSUAL;

  const direction = located & 1;
  const sequence = bswap(load<i32>(transport, 4));
  const acknowledgement = bswap(load<i32>(transport, 8));
  const window = <i32>bswap(load<u16>(transport, 14));
  if (seesInterfaces) {
    const ifindex = sll === 2 ? bswap(load<i32>(start, 4)) : sll === 1 ? -1 : 0;
    const known = load<i32>(base, row.INTERFACES << 2);
    const set = extendedSet(known, interfaceIndex, ifindex);
    if (set < 0) return at.UNUSUAL;
    store<i32>(base, set, row.INTERFACES << 2);
    const type = sll === 2 ? <i32>load<u8>(start, 10) : sll === 1 ? <i32>bswap(load<u16>(start)) : 0;
    const identification = <i32>bswap(load<u16>(network, 4));
    const place = placeOf(interfaceIndex, ifindex, type);
    const isUnnamed = ifindex === -1 && identification !== 0;
    let signature = (identification * 0x85ebca6b) ^ (length * 0x27d4eb2f);
    signature = (signature ^ sequence) * 0x9e3779b1;
    signature = (signature ^ <i32>(<u32>signature >> 15) ^ acknowledgement) * 0xc2b2ae35;
    signature ^= (flags << 16) ^ window;
    if (isRepeated(signature ^ <i32>(<u32>signature >> 16), located, place, isUnnamed, now)) {
      store<f64>(base, offset, row.LAST_OFFSET << 3);
      increment(base, row.PACKET_ROWS);
      increment(base, row.DUPLICATES);
      increment(state, at.DUPLICATES);
      addRecord(base, caplen, origlen, (member << 2) | 2 | direction, now, offset);
      return at.TAKEN;
    }
  }
  const ttl = <i32>load<u8>(network, 8);
  if (!isNext(base, direction, sequence, acknowledgement, window, length, ttl) || now < last) {
    return seesInterfaces ? at.UNUSUAL_NOTED : at.UNUSUAL;
  }

  const own = base + (row.INTEGERS_OF_DIRECTION << 2) + <usize>direction * (row.DIRECTION_INTEGERS << 2);
  store<f64>(base, now, row.LAST_TIME << 3);
  store<f64>(base, offset, row.LAST_OFFSET << 3);
  increment(base, row.PACKET_ROWS);
  increment(own, row.PACKETS);
  store<f64>(own, load<f64>(own, row.IP_BYTES << 3) + <f64>ipLength, row.IP_BYTES << 3);
  store<f64>(own, load<f64>(own, row.L2_BYTES << 3) + <f64>origlen, row.L2_BYTES << 3);
  store<f64>(own, now, row.SEEN_TIME << 3);
  store<i32>(own, load<i32>(own, row.FLAGS << 2) | flags, row.FLAGS << 2);
  mark(base, own, direction, length, acknowledgement, now);
  store<i32>(own, acknowledgement, row.ACK << 2);
  store<i32>(own, window, row.WINDOW << 2);
  addRecord(base, caplen, origlen, (member << 2) | direction, now, offset);
  if (length === 0) return at.TAKEN;

  store<f64>(own, load<f64>(own, row.STREAM_BYTES << 3) + <f64>length, row.STREAM_BYTES << 3);
  store<i32>(own, sequence + length, row.NEXT << 2);
  const payload = transport + header;
  const wireEnd = network + ipLength;
  if (wireEnd > end) store<i32>(base, marks | row.MARK_TRUNCATED, row.MARKS << 2);
  if ((marks & (direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP)) !== 0) return at.TAKEN;
  store<i32>(state, located >> 1, at.PAYLOAD_FLOW << 2);
  store<i32>(state, direction, at.PAYLOAD_DIRECTION << 2);
  store<i32>(state, <i32>payload, at.PAYLOAD << 2);
  store<i32>(state, length, at.PAYLOAD_LENGTH << 2);
  store<i32>(state, <i32>min(end, wireEnd), at.PAYLOAD_END << 2);
  store<i32>(state, sequence, at.PAYLOAD_SEQUENCE << 2);
  store<i32>(state, flags, at.PAYLOAD_FLAGS << 2);
  store<f64>(state, now, at.PAYLOAD_TIME << 3);
  return at.HAS_PAYLOAD;
}

function increment(base: usize, field: i32): void {
  const place = base + ((<usize>field) << 2);
  store<i32>(place, load<i32>(place) + 1);
}

/** Whether a segment is the one to come, of a connection where all is well. */
function isNext(
  base: usize,
  direction: i32,
  sequence: i32,
  acknowledgement: i32,
  window: i32,
  length: i32,
  ttl: i32,
): bool {
  const own = base + (row.INTEGERS_OF_DIRECTION << 2) + <usize>direction * (row.DIRECTION_INTEGERS << 2);
  const peer =
    base + (row.INTEGERS_OF_DIRECTION << 2) + <usize>(1 - direction) * (row.DIRECTION_INTEGERS << 2);
  if ((load<i32>(own, row.STATE << 2) & 15) !== ESTABLISHED) return false;
  if ((load<i32>(peer, row.STATE << 2) & 15) !== ESTABLISHED) return false;
  const seen = load<i32>(own, row.SEEN << 2);
  if ((seen & (row.SEEN_NEXT | row.SEEN_ACKED_UNSEEN)) !== row.SEEN_NEXT) return false;
  if ((load<i32>(peer, row.SEEN << 2) & row.SEEN_NEXT) === 0 || load<i32>(peer, row.MISSED << 2) !== 0)
    return false;
  if (sequence !== load<i32>(own, row.NEXT << 2) || window === 0) return false;
  if (length === 1 && load<i32>(peer, row.WINDOW << 2) === 0) return false;
  if (length === 0 && (seen & row.SEEN_ACK) !== 0 && acknowledgement - load<i32>(own, row.ACK << 2) <= 0)
    return false;
  if (acknowledgement - load<i32>(peer, row.NEXT << 2) > 0) return false;
  const ttls = load<i32>(base, row.TTL << 2);
  return ttl >= (ttls & 255) && ttl <= ttls >> 8;
}

/** Notes what the direction shows for the first time, and what this segment ends. */
function mark(base: usize, own: usize, direction: i32, length: i32, acknowledgement: i32, now: f64): void {
  const kind = length > 0 ? row.SEEN_DATA : row.SEEN_PURE_ACK;
  const usual = kind | row.SEEN_ACK | (direction === 0 ? row.SEEN_ESTABLISHED : 0);
  let seen = load<i32>(own, row.SEEN << 2);
  if ((seen & (usual | row.SEEN_KEEP_ALIVE | row.SEEN_DUPLICATE_ACK)) === usual) return;
  if ((seen & kind) === 0) addHistory(base, direction, length > 0 ? HISTORY_DATA : HISTORY_ACK);
  seen = (seen | kind | row.SEEN_ACK) & ~row.SEEN_KEEP_ALIVE;
  if ((seen & row.SEEN_DUPLICATE_ACK) !== 0 && acknowledgement !== load<i32>(own, row.ACK << 2)) {
    seen &= ~row.SEEN_DUPLICATE_ACK;
    const events = base + (row.EVENTS << 2) + <usize>direction * (row.DIRECTION_EVENTS << 2);
    store<i32>(events, 0, row.DUPLICATE_ACK_RUN << 2);
  }
  if (direction === 0 && (seen & row.SEEN_ESTABLISHED) === 0) {
    seen |= row.SEEN_ESTABLISHED;
    if (load<f64>(base, row.SYN_ACK_TIME << 3) !== 0) {
      store<f64>(base, now + TIME_OFFSET, row.ESTABLISHED_TIME << 3);
    }
  }
  store<i32>(own, seen, row.SEEN << 2);
}

/** The set of interfaces and one more, as `Interfaces` found lately; -1 where it has to be asked. */
function extendedSet(set: i32, index: i32, ifindex: i32): i32 {
  const slot = <u32>(set * 31 + ifindex + index * 17) & (at.INTERFACE_SETS - 1);
  const entry = <usize>at.INTERFACE_SETS_AT + <usize>slot * at.INTERFACE_SET_BYTES;
  const isKnown =
    load<i32>(entry) === set && load<i32>(entry, 4) === index && load<i32>(entry, 8) === ifindex;
  return isKnown ? load<i32>(entry, 12) : -1;
}

/**
 * Takes the records of a little-endian pcap from `start` on, until one is not taken; returns where that begins, and
 * leaves in the state why, and what was taken. A record that looks odd is left to the reader of records.
 */
export function run(
  start: usize,
  end: usize,
  recordHeader: usize,
  perSecond: u32,
  mostCaplen: u32,
  epoch: i32,
  lastSeconds: i32,
  offset: f64,
): usize {
  const state = at.STATE_AT;
  const perUnit = 1e9 / <f64>perSecond;
  let place = start;
  let seconds = lastSeconds;
  let packets = 0;
  let bytes: f64 = 0;
  let first = Infinity;
  let latest = -Infinity;
  let result = at.STOPPED;
  while (place + recordHeader <= end) {
    const time = load<i32>(place);
    const fraction = load<u32>(place, 4);
    const caplen = load<u32>(place, 8);
    const origlen = load<u32>(place, 12);
    if (caplen > mostCaplen || caplen > origlen || origlen > 0x7fffffff || fraction >= perSecond) break;
    if (time < 0 || abs(<i64>time - <i64>seconds) > FAR_OFF) break;
    const next = place + recordHeader + caplen;
    if (next > end) break;
    const now = <f64>(time - epoch) * 1e9 + <f64>fraction * perUnit;
    result = take(place + recordHeader, caplen, origlen, now, offset + <f64>(place - start));
    if (result !== at.TAKEN && result !== at.HAS_PAYLOAD) break;
    packets++;
    bytes += <f64>origlen;
    if (now < first) first = now;
    if (now > latest) latest = now;
    store<f64>(state, now, at.RUN_NOW << 3);
    seconds = time;
    place = next;
    if (result === at.HAS_PAYLOAD) break;
    result = at.STOPPED;
  }
  store<i32>(state, packets, at.RUN_PACKETS << 2);
  store<i32>(state, seconds, at.RUN_SECONDS << 2);
  store<i32>(state, result, at.RUN_RESULT << 2);
  store<f64>(state, bytes, at.RUN_BYTES << 3);
  store<f64>(state, first, at.RUN_EARLIEST << 3);
  store<f64>(state, latest, at.RUN_LATEST << 3);
  return place;
}

const FAR_OFF: i64 = 86400; // seconds; see pcap-records.ts
