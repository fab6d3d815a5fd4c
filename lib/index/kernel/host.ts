import type { Direction } from '../analyser.ts';

/**
 * What the kernel asks its caller; addresses are places in its memory, `flow` a row of the flow table, `time` nanoseconds on
 * the clock of the capture. No method may throw on any input.
 */
export interface Host {
  /**
   * Makes a text of `length` bytes at `from`, as `kind` says (PRINTABLE, LATIN1 or LOWER_CASE of layout.ts), and puts it at
   * `to` in UTF-8; returns its length there.
   */
  makeText(kind: number, from: number, length: number, to: number): number;
  /** Puts at CLIENT_AT what the ClientHello between `start` and `end` shows (see assembly/tls/client.ts); 0 when it is none. */
  describeClient(isQuic: number, start: number, end: number): number;
  /** A batch is full, or is to be written: it has so many rows. */
  takeRows(table: number, rows: number): void;
  /** A connection of HTTP/2 begins, of which the kernel finds the frames; returns its number, which is not 0. */
  openHttp2(flow: number): number;
  /** As `openHttp2`, with the answer to a request of HTTP/1, of which texts are saved in the kernel's heap, 0 for none. */
  openUpgraded(
    flow: number,
    time: number,
    requestBody: number,
    method: number,
    host: number,
    uri: number,
    userAgent: number,
  ): number;
  /** This direction is that of the client. */
  takePreface(connection: number, direction: Direction): void;
  /** A frame of `length` bytes, of which those up to `end` are there and of interest; `isCut` when some of interest are not. */
  takeFrame(
    connection: number,
    direction: Direction,
    time: number,
    start: number,
    end: number,
    length: number,
    isCut: number,
  ): void;
  /** Frames of this direction were lost. */
  loseFrames(connection: number, direction: Direction): void;
  endHttp2(connection: number): void;
  /** A flow of QUIC begins; returns its number, which is not 0. */
  openQuic(flow: number): number;
  /** A datagram as captured. Returns OVER of layout.ts when no more of the flow is wanted, else 0. */
  takeQuic(conversation: number, direction: Direction, time: number, start: number, end: number): number;
  endQuic(conversation: number, time: number): void;
}

/** What the kernel asks the engine. */
export interface EngineHost {
  /** Takes all records of flows that ended: there is no room for more. */
  takeFlows(): void;
  /** A flow ends that has aliases: they go. Returns where the row of one with another responder begins, -1 for none. */
  releaseAliases(flow: number): number;
}
