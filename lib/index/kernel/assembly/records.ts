/** Records of pcap files. */
import * as at from '../layout';
import { take } from './lane';

const FAR_OFF: i64 = 86400; // seconds; see pcap-records.ts

/**
 * Takes the records of a little-endian pcap from `start` on, until one is not taken; returns where that begins, and
 * leaves in the state why, and what was taken. A record that looks odd is left to the reader of records.
 */
export function run(
  start: i32,
  end: i32,
  recordHeader: i32,
  perSecond: u32,
  mostCaplen: u32,
  epoch: f64,
  lastSeconds: i32,
  offset: f64,
): i32 {
  const state = at.STATE_AT;
  const perUnit = 1e9 / <f64>perSecond;
  let place = start;
  let seconds = lastSeconds;
  let packets = 0;
  let bytes: f64 = 0;
  let first = Infinity;
  let latest = -Infinity;
  let result = at.STOPPED;
  while (end - place >= recordHeader) {
    const time = load<i32>(<usize>place);
    const fraction = load<u32>(<usize>place, 4);
    const caplen = load<u32>(<usize>place, 8);
    const origlen = load<u32>(<usize>place, 12);
    if (caplen > mostCaplen || caplen > origlen || origlen > 0x7fffffff || fraction >= perSecond) break;
    if (time < 0 || abs(<i64>time - <i64>seconds) > FAR_OFF) break;
    const next = place + recordHeader + <i32>caplen;
    if (next > end) break;
    const now = (<f64>time - epoch) * 1e9 + <f64>fraction * perUnit;
    result = take(place + recordHeader, caplen, origlen, now, offset + <f64>(place - start));
    if (result !== at.TAKEN) break;
    packets++;
    bytes += <f64>origlen;
    if (now < first) first = now;
    if (now > latest) latest = now;
    store<f64>(state, now, at.RUN_NOW << 3);
    seconds = time;
    place = next;
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
