/** What the kernel asks its caller, seldom; see kernel.ts. */

/** Makes a text of `length` bytes at `from` (as layout.ts tells by `kind`), puts it at `to`; returns its length in bytes. */
export declare function makeText(kind: i32, from: i32, length: i32, to: i32): i32;

/** Puts at CLIENT_AT what a ClientHello shows; false when it is none. */
export declare function describeClient(isQuic: bool, start: i32, end: i32): bool;

/** A batch of so many rows is to be read. */
export declare function takeRows(table: i32, rows: i32): void;

/** The caller's number of a connection of HTTP/2, which it reads frame by frame. */
export declare function openHttp2(flow: i32): i32;

/** As `openHttp2`, of one that begins with the answer to a request of HTTP/1, of which texts are saved ones (see text.ts), 0 for none. */
export declare function openUpgraded(
  flow: i32,
  time: f64,
  requestBody: f64,
  method: i32,
  host: i32,
  uri: i32,
  userAgent: i32,
): i32;

/** One direction is that of a client. */
export declare function takePreface(connection: i32, direction: i32): void;

/** A frame of so many bytes, of which those up to `end` are there and of interest; `isCut` when some of interest are not. */
export declare function takeFrame(
  connection: i32,
  direction: i32,
  time: f64,
  start: i32,
  end: i32,
  length: i32,
  isCut: bool,
): void;

/** Frames of one direction were lost. */
export declare function loseFrames(connection: i32, direction: i32): void;

export declare function endHttp2(connection: i32): void;

/** The caller's number of a flow of QUIC. */
export declare function openQuic(flow: i32): i32;

/** A datagram as captured; OVER of layout.ts when no more is wanted, else 0. */
export declare function takeQuic(conversation: i32, direction: i32, time: f64, start: i32, end: i32): i32;

export declare function endQuic(conversation: i32, time: f64): void;
