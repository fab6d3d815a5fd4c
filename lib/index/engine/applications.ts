import type { Packet } from '../../pcap/packet.ts';
import { PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP, TCP_SYN } from '../../pcap/protocols.ts';
import type { Address, Analysers, Direction, FlowRef } from '../analyser.ts';
import { type FlowTable, readAddress } from './flow-table.ts';
import { ipv6Text } from './names.ts';
import * as row from './row.ts';
import { Stream } from './stream.ts';

type Transport = 'tcp' | 'udp' | 'sctp';

const DONE_BOTH = row.MARK_DONE_ORIG | row.MARK_DONE_RESP;

/** Brings payloads to the conversations of the application analysers. */
export class Applications {
  /** Names that `SERVICE` of a row refers to, counted from 1. */
  readonly services: string[] = [];
  readonly #table: FlowTable;
  readonly #analysers: Analysers;
  /** By the row of their flow. */
  readonly #streams: (Stream | undefined)[] = [];
  readonly #serviceNumbers = new Map<string, number>();

  constructor(table: FlowTable, analysers: Analysers) {
    this.#table = table;
    this.#analysers = analysers;
  }

  /** A packet with payload, after its flow was updated. */
  payload(flow: number, direction: Direction, packet: Packet): void {
    const { integers } = this.#table;
    const base = flow * row.ROW_INTEGERS;
    const marks = integers[base + row.MARKS]!;
    const done = direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP;
    if ((marks & done) !== 0) return;
    const start = packet.payload;
    const end = Math.min(packet.end, start + packet.payloadLength);
    if (start >= end) return;
    const stream =
      (marks & row.MARK_STREAM) !== 0 ? this.#streams[flow] : this.#open(flow, direction, packet, start, end);
    if (stream !== undefined) this.#deliver(stream, flow, direction, packet, end);
  }

  /** The conversation of a flow, if it has one, ends; the service it settled on is noted. */
  end(flow: number, time: number): void {
    const { integers } = this.#table;
    const base = flow * row.ROW_INTEGERS;
    if ((integers[base + row.MARKS]! & row.MARK_STREAM) === 0) return;
    const stream = this.#streams[flow]!;
    this.#streams[flow] = undefined;
    stream.end(time);
    integers[base + row.SERVICE] = this.#numberOf(stream.flow.service);
    integers[base + row.MARKS] = integers[base + row.MARKS]! & ~row.MARK_STREAM;
  }

  /** The first payload of a direction: asked once, as what is not recognised now is of no interest. */
  #open(flow: number, direction: Direction, packet: Packet, start: number, end: number): Stream | undefined {
    const { integers } = this.#table;
    const base = flow * row.ROW_INTEGERS;
    const marks = integers[base + row.MARKS]!;
    const done = direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP;
    integers[base + row.MARKS] = marks | done;
    const proto = transportOf(packet.protocol);
    if (proto === undefined) return undefined;
    const ports = integers[base + row.PORTS]!;
    const origPort = ports >>> 16;
    const respPort = ports & 0xffff;
    const protocol = this.#analysers.recognise(
      proto,
      origPort,
      respPort,
      direction,
      packet.bytes,
      start,
      end,
    );
    if (protocol === undefined) return undefined;
    const { service } = protocol;
    integers[base + row.MARKS] = marks | DONE_BOTH;
    integers[base + row.SERVICE] = this.#numberOf(service);
    if (protocol.open === undefined) return undefined;
    integers[base + row.MARKS] = (marks & ~DONE_BOTH) | row.MARK_STREAM;
    const origHost = addressOf(integers, base, 'orig');
    const respHost = addressOf(integers, base, 'resp');
    const ordinal = integers[base + row.ORDINAL]!;
    const ref: FlowRef = { flow: ordinal, proto, origHost, origPort, respHost, respPort, service };
    const stream = new Stream(ref, protocol.open(ref));
    while (this.#streams.length <= flow) this.#streams.push(undefined);
    this.#streams[flow] = stream;
    if (packet.protocol === PROTOCOL_TCP) this.#startStream(stream, base, direction, packet);
    return stream;
  }

  #startStream(stream: Stream, base: number, direction: Direction, packet: Packet): void {
    const { integers } = this.#table;
    stream.start(direction, sequenceOfPayload(packet));
    const other = (1 - direction) as Direction;
    const from = base + row.INTEGERS_OF_DIRECTION + other * row.DIRECTION_INTEGERS;
    const known = (integers[from + row.SEEN]! & row.SEEN_NEXT) !== 0;
    const hasSentNothing = (integers[from + row.SEEN]! & row.SEEN_DATA) === 0;
    if (known && hasSentNothing) {
      stream.start(other, integers[base + row.EVENTS + other * row.DIRECTION_EVENTS + row.START]!);
    }
  }

  #deliver(stream: Stream, flow: number, direction: Direction, packet: Packet, end: number): void {
    const { bytes, payload, time } = packet;
    const missing = payload + packet.payloadLength - end;
    let isDone: boolean;
    if (packet.protocol === PROTOCOL_TCP) {
      const { integers } = this.#table;
      const base = flow * row.ROW_INTEGERS;
      const peer = base + row.INTEGERS_OF_DIRECTION + (1 - direction) * row.DIRECTION_INTEGERS;
      const hasAck = (integers[peer + row.SEEN]! & row.SEEN_ACK) !== 0;
      const acknowledged = hasAck ? integers[peer + row.ACK]! : undefined;
      const sequence = sequenceOfPayload(packet);
      isDone = stream.segment(direction, time, sequence, bytes, payload, end, missing, acknowledged);
    } else isDone = stream.datagram(direction, time, bytes, payload, end, missing);
    if (!isDone) return;
    const done = direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP;
    this.#setDone(flow, stream.isOver ? DONE_BOTH : done, time);
  }

  /** A conversation that wants nothing more of either direction ends before its flow does, to free its memory. */
  #setDone(flow: number, done: number, time: number): void {
    const { integers } = this.#table;
    const at = flow * row.ROW_INTEGERS + row.MARKS;
    const marks = integers[at]! | done;
    integers[at] = marks;
    if ((marks & DONE_BOTH) === DONE_BOTH) this.end(flow, time);
  }

  #numberOf(service: string): number {
    let number = this.#serviceNumbers.get(service);
    if (number === undefined) {
      number = this.services.push(service);
      this.#serviceNumbers.set(service, number);
    }
    return number;
  }
}

function addressOf(integers: Int32Array, base: number, end: 'orig' | 'resp'): Address {
  const isIpv4 = integers[base + row.KIND]! >> 8 === 4;
  if (isIpv4) return integers[base + (end === 'orig' ? row.ORIG_ADDRESS : row.RESP_ADDRESS)]!;
  const words = new Int32Array(4);
  readAddress(integers, base, end, words);
  return ipv6Text(words, 0);
}

/** The payload of a SYN (TCP Fast Open, RFC 7413) comes after the number that the SYN itself takes. */
function sequenceOfPayload({ sequence, flags }: Packet): number {
  return (flags & TCP_SYN) !== 0 ? (sequence + 1) | 0 : sequence;
}

function transportOf(protocol: number): Transport | undefined {
  if (protocol === PROTOCOL_TCP) return 'tcp';
  if (protocol === PROTOCOL_UDP) return 'udp';
  return protocol === PROTOCOL_SCTP ? 'sctp' : undefined;
}
