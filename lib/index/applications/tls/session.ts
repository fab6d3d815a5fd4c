import type { Kernel } from '../../kernel/kernel.ts';
import { CALLER_AT } from '../../kernel/layout.ts';

/** What the handshake of a flow shows, for who brings its messages otherwise than over TCP: a row of `ssl` in the end. */
export class TlsSession {
  readonly #kernel: Kernel;
  readonly #session: number; // 0 when there was no memory
  hasClientHello = false;

  /** `flow`: row of the flow in the flow table. */
  constructor(flow: number, kernel: Kernel) {
    this.#kernel = kernel;
    this.#session = kernel.exports.openSession(flow, true);
  }

  /** The body of a message that says to be a ClientHello. */
  clientHello(time: number, body: Uint8Array): void {
    if (this.#session === 0) return;
    const end = this.#put(body);
    if (this.#kernel.exports.takeClientHello(this.#session, time, CALLER_AT, end)) this.hasClientHello = true;
  }

  serverHello(time: number, body: Uint8Array): void {
    if (this.#session !== 0) {
      this.#kernel.exports.takeServerHello(this.#session, time, CALLER_AT, this.#put(body));
    }
  }

  get hasServerHello(): boolean {
    return this.#session !== 0 && this.#kernel.exports.hasServerHello(this.#session) !== 0;
  }

  /** A hello was sent of which the capture holds too little. */
  unreadable(time: number): void {
    if (this.#session !== 0) this.#kernel.exports.noteUnreadable(this.#session, time);
  }

  /** A number of RFC 8446 section 6. */
  set alert(alert: number) {
    if (this.#session !== 0) this.#kernel.exports.setAlert(this.#session, alert);
  }

  /** Both sides have finished: the row is written. */
  establish(): void {
    if (this.#session === 0) return;
    this.#kernel.exports.setEstablished(this.#session);
    this.#kernel.exports.writeSession(this.#session);
  }

  /** Nothing follows: the row is written unless it was, or nothing of a handshake was seen. */
  end(): void {
    if (this.#session === 0) return;
    this.#kernel.exports.writeSession(this.#session);
    this.#kernel.exports.closeSession(this.#session);
  }

  /** Where the bytes end in the kernel's memory. */
  #put(bytes: Uint8Array): number {
    this.#kernel.bytes.set(bytes, CALLER_AT);
    return CALLER_AT + bytes.length;
  }
}
