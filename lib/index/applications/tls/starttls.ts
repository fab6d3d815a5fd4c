import { type Conversation, type Direction, ENOUGH, type FlowRef } from '../../analyser.ts';
import { TlsStream } from './conversation.ts';
import { startsHandshake } from './recognise.ts';
import type { SslRows } from './rows.ts';

const MAX_CLEAR = 65_536; // bytes before TLS begins; a conversation that is longer stays in clear

/**
 * A protocol that may turn to TLS on request: SMTP, IMAP and POP3 (RFC 3207, RFC 2595), PostgreSQL, MySQL, LDAP. What it
 * says before is not read: the ClientHello begins with a segment, since the client has waited for the server's consent.
 */
export class StartTlsStream implements Conversation {
  readonly #flow: FlowRef;
  readonly #rows: SslRows;
  #tls: TlsStream | undefined;
  #clear = 0;

  constructor(flow: FlowRef, rows: SslRows) {
    this.#flow = flow;
    this.#rows = rows;
  }

  data(
    direction: Direction,
    time: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    missing: number,
  ): number {
    if (!this.#tls) {
      if (!startsHandshake(bytes, start, end)) {
        this.#clear += end - start + missing;
        return this.#clear > MAX_CLEAR ? ENOUGH : 0;
      }
      this.#tls = new TlsStream(this.#flow, this.#rows);
    }
    return this.#tls.data(direction, time, bytes, start, end, missing);
  }

  gap(direction: Direction, time: number, length: number): void {
    this.#tls?.gap(direction, time, length);
  }

  end(): void {
    this.#tls?.end();
  }
}
