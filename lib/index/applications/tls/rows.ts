import { BATCH_ROWS, NumberColumn, type RowColumn, TextColumn } from '../columns.ts';
import type { RowBuffer, RowWriter } from '../row-buffer.ts';

/** What one handshake showed. */
export interface SslRow {
  transport: 'tcp' | 'quic';
  version: string | null;
  cipher: string | null;
  curve: string | null;
  serverName: string | null;
  nextProtocol: string | null;
  ja4: string | null;
  resumed: boolean;
  established: boolean;
  alert: string | null;
  truncated: boolean;
}

export type SslRows = RowBuffer<SslRow>;

/** The columns of `ssl`. */
export class SslColumns implements RowWriter<SslRow> {
  readonly #transport = new TextColumn();
  readonly #version = new TextColumn();
  readonly #cipher = new TextColumn();
  readonly #curve = new TextColumn();
  readonly #serverName = new TextColumn();
  readonly #nextProtocol = new TextColumn();
  readonly #ja4 = new TextColumn();
  readonly #resumed = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly #established = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly #alert = new TextColumn();
  readonly #truncated = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly columns: Record<string, RowColumn>;

  constructor() {
    this.columns = {
      transport: this.#transport,
      version: this.#version,
      cipher: this.#cipher,
      curve: this.#curve,
      server_name: this.#serverName,
      next_protocol: this.#nextProtocol,
      ja4: this.#ja4,
      resumed: this.#resumed,
      established: this.#established,
      alert: this.#alert,
      truncated: this.#truncated,
    };
  }

  write(row: number, seen: SslRow): void {
    this.#transport.set(row, seen.transport);
    this.#version.set(row, seen.version);
    this.#cipher.set(row, seen.cipher);
    this.#curve.set(row, seen.curve);
    this.#serverName.set(row, seen.serverName);
    this.#nextProtocol.set(row, seen.nextProtocol);
    this.#ja4.set(row, seen.ja4);
    this.#resumed.values[row] = seen.resumed ? 1 : 0;
    this.#established.values[row] = seen.established ? 1 : 0;
    this.#alert.set(row, seen.alert);
    this.#truncated.values[row] = seen.truncated ? 1 : 0;
  }
}
