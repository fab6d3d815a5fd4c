import { type Packet, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP, TCP_SYN } from '../../pcap/packet.ts';
import type { Analysers, Direction, FlowRef } from '../analyser.ts';
import { type FlowTable, readAddress } from './flow-table.ts';
import { addressText, type Uids } from './names.ts';
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
  readonly #uids: Uids;
  readonly #streams = new Map<number, Stream>();
  readonly #serviceNumbers = new Map<string, number>();

  constructor(table: FlowTable, analysers: Analysers, uids: Uids) {
    this.#table = table;
    this.#analysers = analysers;
    this.#uids = uids;
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
    if ((marks & row.MARK_STREAM) !== 0) {
      this.#deliver(this.#streams.get(flow)!, flow, direction, packet, end);
      return;
    }
    // Asked once per direction: what is not recognised now is of no interest.
    integers[base + row.MARKS] = marks | done;
    const transport = transportOf(packet.protocol);
    if (transport === undefined) return;
    const ports = integers[base + row.PORTS]!;
    const origPort = ports >>> 16;
    const respPort = ports & 0xffff;
    const protocol = this.#analysers.recognise(
      transport,
      origPort,
      respPort,
      direction,
      packet.bytes,
      start,
      end,
    );
    if (protocol === undefined) return;
    integers[base + row.MARKS] = marks | DONE_BOTH;
    integers[base + row.SERVICE] = this.#numberOf(protocol.service);
    if (protocol.open === undefined) return;
    const ref = this.#flowRef(base, transport, protocol.service);
    const stream = new Stream(ref, protocol.open(ref));
    integers[base + row.MARKS] = (marks & ~DONE_BOTH) | row.MARK_STREAM;
    this.#streams.set(flow, stream);
    this.#startStream(stream, base, direction, packet);
    this.#deliver(stream, flow, direction, packet, end);
  }

  /** The conversation of a flow, if it has one, ends; the service it settled on is noted. */
  end(flow: number, time: number): void {
    const base = flow * row.ROW_INTEGERS;
    const stream = this.#streams.get(flow);
    if (stream === undefined) return;
    this.#streams.delete(flow);
    stream.end(time);
    const { integers } = this.#table;
    integers[base + row.SERVICE] = this.#numberOf(stream.flow.service);
    integers[base + row.MARKS] = integers[base + row.MARKS]! & ~row.MARK_STREAM;
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
    const missing = packet.payload + packet.payloadLength - end;
    if (packet.protocol !== PROTOCOL_TCP) {
      const isDone = stream.datagram(direction, packet.time, packet.bytes, packet.payload, end, missing);
      if (isDone) this.#setDone(flow, direction, packet.time);
      return;
    }
    const { integers } = this.#table;
    const base = flow * row.ROW_INTEGERS;
    const peer = base + row.INTEGERS_OF_DIRECTION + (1 - direction) * row.DIRECTION_INTEGERS;
    const hasAck = (integers[peer + row.SEEN]! & row.SEEN_ACK) !== 0;
    const acknowledged = hasAck ? integers[peer + row.ACK]! : undefined;
    const { bytes, payload, time } = packet;
    const sequence = sequenceOfPayload(packet);
    const isDone = stream.segment(direction, time, sequence, bytes, payload, end, missing, acknowledged);
    if (isDone) this.#setDone(flow, direction, time);
  }

  /** A conversation that wants nothing more of either direction ends before its flow does, to free its memory. */
  #setDone(flow: number, direction: Direction, time: number): void {
    const { integers } = this.#table;
    const at = flow * row.ROW_INTEGERS + row.MARKS;
    const marks = integers[at]! | (direction === 0 ? row.MARK_DONE_ORIG : row.MARK_DONE_RESP);
    integers[at] = marks;
    if ((marks & DONE_BOTH) === DONE_BOTH) this.end(flow, time);
  }

  #flowRef(base: number, proto: Transport, service: string): FlowRef {
    const { integers } = this.#table;
    const words = new Int32Array(4);
    const host = (end: 'orig' | 'resp') => {
      readAddress(integers, base, end, words);
      return addressText(integers[base + row.KIND]! >> 8, words, 0);
    };
    const flow = integers[base + row.ORDINAL]!;
    return {
      flow,
      uid: this.#uids.text(flow),
      proto,
      origHost: host('orig'),
      origPort: integers[base + row.PORTS]! >>> 16,
      respHost: host('resp'),
      respPort: integers[base + row.PORTS]! & 0xffff,
      service,
    };
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

/** The payload of a SYN (TCP Fast Open, RFC 7413) comes after the number that the SYN itself takes. */
function sequenceOfPayload({ sequence, flags }: Packet): number {
  return (flags & TCP_SYN) !== 0 ? (sequence + 1) | 0 : sequence;
}

function transportOf(protocol: number): Transport | undefined {
  if (protocol === PROTOCOL_TCP) return 'tcp';
  if (protocol === PROTOCOL_UDP) return 'udp';
  return protocol === PROTOCOL_SCTP ? 'sctp' : undefined;
}
