/** Brings payloads to what listens to their flow, or finds out what that is. */
import { PROTOCOL_TCP, PROTOCOL_UDP, TCP_SYN } from '../../../../pcap/protocols';
import * as row from '../../../engine/row';
import * as at from '../../layout';
import * as services from '../../services';
import { isDnsHeader, isDnsQuery } from '../dns/message';
import { startsRequest, startsResponse } from '../http/head';
import { startsPreface } from '../http2/frame';
import { packet } from '../packet';
import { startsQuic } from '../quic';
import { integers } from '../rows';
import { mayTurnToTls, tcpService, udpService } from '../services';
import { startsHandshake } from '../tls/record';
import { endStream, openStream, Stream, startAt, streamAt, takeDatagram, takeSegment } from './stream';

const DONE_BOTH: i32 = row.MARK_DONE_ORIG | row.MARK_DONE_RESP;
/** More is missing than any packet can hold: as much as sequence numbers tell apart. */
const MOST_MISSING: u32 = 1 << 30;

/** Of the conversation and the service of a payload that was recognised. */
let kind: i32 = 0;
let service: i32 = 0;
/** Without applications no payload is looked at. */
let isOn: bool = false;

export function useApplications(on: bool): void {
  isOn = on;
}

/** The payload of the packet, after its flow was updated; `located` is the flow's row times two, plus the direction. */
export function takePayload(located: i32): void {
  if (!isOn) return;
  const flow = located >> 1;
  const direction = located & 1;
  const base = flow * row.ROW_INTEGERS;
  const marks = integers[base + row.MARKS];
  const done = direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP;
  if ((marks & done) !== 0) return;
  const start = packet.payload;
  const captured = packet.end - start;
  if (captured <= 0 || packet.payloadLength === 0) return;
  const end = start + <i32>min(<u32>captured, <u32>packet.payloadLength);
  if ((marks & row.MARK_STREAM) === 0 && !open(flow, direction, start, end)) return;
  deliver(streamAt(integers[base + row.SERVICE]), base, direction, start, end);
}

/** The conversation of a flow, if it has one, ends; the service it settled on is noted. */
export function endPayload(flow: i32, time: f64): void {
  const base = flow * row.ROW_INTEGERS;
  const marks = integers[base + row.MARKS];
  if ((marks & row.MARK_STREAM) === 0) return;
  const stream = streamAt(integers[base + row.SERVICE]);
  const settled = stream.service;
  endStream(stream, time);
  integers[base + row.SERVICE] = settled;
  integers[base + row.MARKS] = integers[base + row.MARKS] & ~row.MARK_STREAM;
}

/** The first payload of a direction: asked once, as what is not recognised now is of no interest. */
function open(flow: i32, direction: i32, start: i32, end: i32): bool {
  const base = flow * row.ROW_INTEGERS;
  const marks = integers[base + row.MARKS];
  integers[base + row.MARKS] = marks | (direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP);
  if (!isRecognised(flow, direction, start, end)) return false;
  integers[base + row.MARKS] = marks | DONE_BOTH;
  integers[base + row.SERVICE] = service;
  if (kind === 0) return false;
  const stream = openStream(flow, kind, service);
  if (stream === 0) {
    store<i32>(at.STATE_AT, load<i32>(at.STATE_AT, at.UNFOLLOWED << 2) + 1, at.UNFOLLOWED << 2);
    return false;
  }
  integers[base + row.MARKS] = (marks & ~DONE_BOTH) | row.MARK_STREAM;
  integers[base + row.SERVICE] = stream;
  if (packet.protocol === PROTOCOL_TCP) startStream(streamAt(stream), base, direction);
  return true;
}

/** Sets `kind` and `service`. */
function isRecognised(flow: i32, direction: i32, start: i32, end: i32): bool {
  const ports = integers[flow * row.ROW_INTEGERS + row.PORTS];
  const isDns = isDnsPort(<u32>ports >> 16) || isDnsPort(ports & 0xffff);
  if (packet.protocol === PROTOCOL_UDP) {
    if (isDns ? isDnsHeader(start, end) : isDnsQuery(start, end)) return is(at.DNS_DATAGRAMS, services.DNS);
    if (startsQuic(start, end)) return is(at.QUIC, services.QUIC);
    return isNamed(udpService(<u32>ports >> 16, ports & 0xffff, start, end));
  }
  if (packet.protocol === PROTOCOL_TCP) {
    if (startsHandshake(start, end)) return is(at.TLS, services.TLS);
    if (startsPreface(start, end)) return is(at.HTTP2, services.HTTP2);
    if (startsRequest(start, end) || startsResponse(start, end)) return is(at.HTTP, services.HTTP);
    // Some resolvers send the length in a segment of its own.
    if (isDns && (end - start === 2 || isDnsHeader(start + 2, end))) return is(at.DNS_STREAM, services.DNS);
    return isNamed(tcpService(ports & 0xffff, direction, start, end));
  }
  return false;
}

/** Of a protocol that is not read, but perhaps turns to TLS. */
function isNamed(number: i32): bool {
  return number !== 0 && is(mayTurnToTls(number) ? at.START_TLS : 0, number);
}

function is(conversation: i32, number: i32): bool {
  kind = conversation;
  service = number;
  return true;
}

function isDnsPort(port: i32): bool {
  return port === 53 || port === 5353 || port === 5355;
}

function startStream(stream: Stream, base: i32, direction: i32): void {
  startAt(stream, direction, sequenceOfPayload());
  const other = 1 - direction;
  const seen = integers[base + row.INTEGERS_OF_DIRECTION + other * row.DIRECTION_INTEGERS + row.SEEN];
  if ((seen & row.SEEN_NEXT) !== 0 && (seen & row.SEEN_DATA) === 0) {
    startAt(stream, other, integers[base + row.EVENTS + other * row.DIRECTION_EVENTS + row.START]);
  }
}

/** The payload of a SYN (TCP Fast Open, RFC 7413) comes after the number that the SYN itself takes. */
function sequenceOfPayload(): i32 {
  return (packet.flags & TCP_SYN) !== 0 ? packet.sequence + 1 : packet.sequence;
}

function deliver(stream: Stream, base: i32, direction: i32, start: i32, end: i32): void {
  const time = packet.time;
  const missing = <i32>min(<u32>packet.payloadLength - <u32>(end - start), MOST_MISSING);
  let isDone: bool;
  if (packet.protocol === PROTOCOL_TCP) {
    const peer = base + row.INTEGERS_OF_DIRECTION + (1 - direction) * row.DIRECTION_INTEGERS;
    const hasAcknowledged = (integers[peer + row.SEEN] & row.SEEN_ACK) !== 0;
    const sequence = sequenceOfPayload();
    const acknowledged = integers[peer + row.ACK];
    isDone = takeSegment(
      stream,
      direction,
      time,
      sequence,
      start,
      end,
      missing,
      hasAcknowledged,
      acknowledged,
    );
  } else isDone = takeDatagram(stream, direction, time, start, end, missing);
  if (!isDone) return;
  const done = direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP;
  // A conversation that wants nothing more of either direction ends before its flow does, to free its memory.
  const marks = integers[base + row.MARKS] | (stream.isOver ? DONE_BOTH : done);
  integers[base + row.MARKS] = marks;
  if ((marks & DONE_BOTH) === DONE_BOTH) endPayload(base / row.ROW_INTEGERS, time);
}
