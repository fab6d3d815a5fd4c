import { type Conversation, type Direction, type FlowRef, OVER } from '../../analyser.ts';
import { u16, u24 } from '../bytes.ts';
import { Frames, type Framing } from '../frames.ts';
import { alertName } from './constants.ts';
import type { SslRows } from './rows.ts';
import { TlsSession } from './session.ts';

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const HEARTBEAT = 24; // RFC 6520

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const SERVER_KEY_EXCHANGE = 12;

const RECORD_HEADER = 5;
const MAX_RECORD = RECORD_HEADER + 16384 + 2048; // RFC 5246 section 6.2.3
const MAX_HELLO = 65536;
const NAMED_CURVE = 3;
const FATAL = 2;
/** An alert under TLS 1.3: two bytes, their type, the tag of 16 (RFC 8446 section 5.2). */
const ENCRYPTED_ALERT = 19;
const NOTHING = new Uint8Array(0);

const RECORDS: Framing = {
  header: RECORD_HEADER,
  length: (buf, at) => (isRecord(buf, at) ? RECORD_HEADER + u16(buf, at + 3) : -1),
  wanted: (buf, at, length) => (buf[at]! >= APPLICATION_DATA ? RECORD_HEADER : length),
};

const MESSAGES: Framing = {
  header: 4,
  length: (buf, at) => 4 + u24(buf, at + 1),
  wanted: (buf, at, length) => {
    const type = buf[at]!;
    if (type === CLIENT_HELLO || type === SERVER_HELLO) return Math.min(length, MAX_HELLO);
    return type === SERVER_KEY_EXCHANGE ? Math.min(length, 8) : 4;
  },
};

export function isRecord(buf: Uint8Array, at: number): boolean {
  const type = buf[at]!;
  return (
    type >= CHANGE_CIPHER_SPEC &&
    type <= HEARTBEAT &&
    buf[at + 1] === 3 &&
    buf[at + 2]! <= 4 &&
    RECORD_HEADER + u16(buf, at + 3) <= MAX_RECORD
  );
}

/** One direction of a connection: its records, and what they showed. */
class Side extends Frames {
  messages: Frames | undefined; // of the handshake, from its first record on
  encrypted = false; // ChangeCipherSpec was sent: handshake messages cannot be read any more
  applicationData = 0; // records

  constructor() {
    super(RECORDS);
  }
}

/** TLS over TCP, from its first byte or in the middle of a stream (STARTTLS, proxies). */
export class TlsStream implements Conversation {
  readonly #session: TlsSession;
  #orig: Side | undefined;
  #resp: Side | undefined;
  #client: Direction = 0;
  #isOver = false;

  constructor(flow: FlowRef, rows: SslRows) {
    this.#session = new TlsSession(flow, rows, 'tcp');
  }

  data(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): number {
    if (this.#isOver) return OVER;
    const side = this.#side(direction);
    // Lost in a gap: senders begin records with segments often enough to find the way again.
    if (side.lost && end - start >= RECORD_HEADER && isRecord(bytes, start)) side.restart();
    this.#take(side, direction, time, bytes, start, end, missing);
    if (side.broken) this.#finish();
    if (this.#isOver) return OVER;
    return side.lost ? 0 : side.leap();
  }

  gap(direction: Direction, time: number, length: number): void {
    if (!this.#isOver) this.#take(this.#side(direction), direction, time, NOTHING, 0, 0, length);
  }

  end(): void {
    this.#session.write();
  }

  #side(direction: Direction): Side {
    if (direction === 0) {
      this.#orig ??= new Side();
      return this.#orig;
    }
    this.#resp ??= new Side();
    return this.#resp;
  }

  #take(
    side: Side,
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): void {
    side.take(bytes, start, end, missing, (buf, from, to, length, cut) => {
      if (!this.#isOver) this.#record(side, direction, time, buf, from, to, length, cut);
    });
  }

  #record(
    side: Side,
    direction: Direction,
    time: number,
    buf: Uint8Array,
    start: number,
    end: number,
    length: number,
    cut: boolean,
  ): void {
    const body = start + RECORD_HEADER;
    switch (buf[start]) {
      case CHANGE_CIPHER_SPEC:
        side.encrypted = true;
        break;
      case ALERT:
        if (length === RECORD_HEADER + 2 && !cut && buf[body] === FATAL)
          this.#fail(alertName(buf[body + 1]!));
        break;
      case HANDSHAKE:
        this.#handshake(side, direction, time, buf, body, end, start + length - end, cut);
        break;
      case APPLICATION_DATA:
        side.applicationData++;
        if (this.#refuses(side, direction, length - RECORD_HEADER)) this.#fail('encrypted_alert');
        break;
      default:
    }
    this.#settle();
  }

  #handshake(
    side: Side,
    direction: Direction,
    time: number,
    buf: Uint8Array,
    start: number,
    end: number,
    missing: number,
    cut: boolean,
  ): void {
    // What follows ChangeCipherSpec is the encrypted Finished; only after a HelloRetryRequest there is another hello.
    if (side.encrypted && (!this.#session.retried || this.#session.hasServerHello)) return;
    if (side.messages === undefined && !cut && MESSAGES.length(buf, start) === end - start) {
      // Nearly every hello is alone in its record: nothing to keep, nothing to put together.
      this.#message(direction, time, buf, start, end, end - start);
      return;
    }
    side.messages ??= new Frames(MESSAGES);
    side.messages.take(buf, start, end, missing, (message, from, to, length) => {
      this.#message(direction, time, message, from, to, length);
    });
    if (side.messages.lost) side.messages.restart();
    const known = direction === this.#client ? this.#session.hasClientHello : this.#session.hasServerHello;
    if (cut && !known) this.#session.unreadable(time);
  }

  #message(
    direction: Direction,
    time: number,
    buf: Uint8Array,
    start: number,
    end: number,
    length: number,
  ): void {
    const body = start + MESSAGES.header;
    switch (buf[start]) {
      case CLIENT_HELLO:
        if (this.#session.clientHello(time, buf, body, end)) this.#client = direction;
        return;
      case SERVER_HELLO:
        if (this.#session.serverHello(time, buf, body, end)) this.#client = direction === 0 ? 1 : 0;
        return;
      case SERVER_KEY_EXCHANGE:
        if (length >= 8 && end - body >= 3 && buf[body] === NAMED_CURVE) {
          this.#session.group = u16(buf, body + 1);
        }
        return;
      default:
    }
  }

  /** A client that answers a TLS 1.3 ServerHello with a record as long as an alert does not go on. */
  #refuses(side: Side, direction: Direction, length: number): boolean {
    return (
      direction === this.#client &&
      length === ENCRYPTED_ALERT &&
      this.#session.isTls13 &&
      !this.#session.earlyData &&
      side.applicationData === 1
    );
  }

  #fail(alert: string): void {
    this.#session.alert = alert;
    this.#finish();
  }

  /** Both sides encrypt what they say: the handshake is over. */
  #settle(): void {
    const one = this.#orig;
    const other = this.#resp;
    if (this.#isOver || !one || !other) return;
    const data = one.applicationData > 0 && other.applicationData > 0;
    const ciphered = one.encrypted && other.encrypted && !this.#session.isTls13;
    if (this.#session.hasServerHello ? data || ciphered : data) {
      this.#session.established = true;
      this.#finish();
    }
  }

  #finish(): void {
    this.#isOver = true;
    this.#orig = undefined;
    this.#resp = undefined;
    this.#session.write();
  }
}
