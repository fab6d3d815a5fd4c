/**
 * The border between the engine (packets, flows, streams) and the applications (DNS, TLS, HTTP …).
 *
 * The engine asks `recognise` with the first payload that each side of a flow sends. Once a protocol is
 * recognised, its conversation gets every later payload of that flow: TCP in sequence order per direction,
 * without retransmissions and duplicate sightings; UDP datagram by datagram as captured.
 */
import type { Uids } from './engine/names.ts';
import type { TableSink } from './table.ts';

/** 0: sent by the originator of the flow, 1: sent by its responder. */
export type Direction = 0 | 1;

/** IPv4 as a word of 32 bits, signed; IPv6 as its text. */
export type Address = number | string;

/** The flow a conversation belongs to; values match its row in `conn`. */
export interface FlowRef {
  readonly flow: number; // ordinal within the capture
  readonly proto: 'tcp' | 'udp' | 'sctp';
  readonly origHost: Address;
  readonly origPort: number;
  readonly respHost: Address;
  readonly respPort: number;
  /** Becomes `conn.service`; starts as the protocol's. A conversation may refine it at any time before its end. */
  service: string;
}

/** What stays the same for a whole capture. */
export interface AnalysisContext {
  /** Rows of dns, ssl, http and weird go here, in batches; `conn` and `packets` are the engine's. */
  readonly sink: TableSink;
  /** Nanoseconds since the Unix epoch of time 0: `timestamp = epoch + BigInt(Math.round(time))`. */
  readonly epoch: bigint;
  readonly uids: Uids;
}

/** What `Conversation.data` returns to hear nothing more of this direction. */
export const ENOUGH = Number.POSITIVE_INFINITY;
/** What it returns to hear nothing more of either: the conversation ends here, whatever its flow still carries. */
export const OVER = -1;

/**
 * The payload of one flow. Every `time` is in nanoseconds after `AnalysisContext.epoch`; it is exact and may
 * run backwards. No method may throw on any input.
 */
export interface Conversation {
  /**
   * The next payload of one direction is `bytes[start..end)`, followed by `missing` bytes that the snap length
   * cut off. The bytes are only valid during the call: copy what must outlive it.
   * Returns how many bytes after these (and after the missing ones) this direction can leave out, 0 for none, or
   * ENOUGH or OVER. For UDP only 0 and these two have a meaning.
   */
  data(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): number;
  /** TCP only: `length` bytes of this direction were never captured; the next `data` continues after them. */
  gap(direction: Direction, time: number, length: number): void;
  /** The flow closed, went idle or the capture ended, or this was OVER, at `time` of its last packet. Called once, nothing follows. */
  end(time: number): void;
}

/** A recognised protocol. Without `open` only its name is of interest. */
export interface Protocol {
  readonly service: string;
  open?(flow: FlowRef): Conversation;
}

/** The applications of one capture, started afresh for each. */
export interface Analysers {
  /**
   * Tells the protocol from the first payload of one direction; `bytes` as in `Conversation.data`, never empty.
   * Asked at most once per direction of a flow, and no more once it answered. Must be cheap: ports and first
   * bytes. The protocol's conversation is then given this same payload.
   */
  recognise(
    transport: 'tcp' | 'udp' | 'sctp',
    origPort: number,
    respPort: number,
    direction: Direction,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Protocol | undefined;
  /** Writes rows that were held back to fill a batch. Called before each batch of `conn`, and at the end of all. */
  finish(): void;
}

export type StartAnalysers = (context: AnalysisContext) => Analysers;
