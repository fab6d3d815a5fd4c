import {
  BATCH_ROWS,
  Int64Column,
  NullableColumn,
  NumberColumn,
  type RowColumn,
  TextColumn,
} from '../columns.ts';
import type { RowBuffer, RowWriter } from '../row-buffer.ts';
import type { Exchange } from './exchange.ts';

export type HttpRows = RowBuffer<Exchange>;

/** The columns of `http`. */
export class HttpColumns implements RowWriter<Exchange> {
  readonly #version = new TextColumn();
  readonly #method = new TextColumn();
  readonly #host = new TextColumn();
  readonly #uri = new TextColumn();
  readonly #userAgent = new TextColumn();
  readonly #status = new NullableColumn(new Int32Array(BATCH_ROWS));
  readonly #message = new TextColumn();
  readonly #grpcStatus = new NullableColumn(new Int32Array(BATCH_ROWS));
  readonly #requestBody = new Int64Column();
  readonly #responseBody = new Int64Column();
  readonly #latency = new NullableColumn(new Float64Array(BATCH_ROWS));
  readonly #truncated = new NumberColumn(new Uint8Array(BATCH_ROWS));
  readonly columns: Record<string, RowColumn>;

  constructor() {
    this.columns = {
      version: this.#version,
      method: this.#method,
      host: this.#host,
      uri: this.#uri,
      user_agent: this.#userAgent,
      status_code: this.#status,
      status_msg: this.#message,
      grpc_status: this.#grpcStatus,
      request_body_len: this.#requestBody,
      response_body_len: this.#responseBody,
      latency: this.#latency,
      truncated: this.#truncated,
    };
  }

  write(row: number, seen: Exchange): void {
    this.#version.set(row, seen.version);
    this.#method.set(row, seen.method);
    this.#host.set(row, seen.host);
    this.#uri.set(row, seen.uri);
    this.#userAgent.set(row, seen.userAgent);
    this.#status.set(row, seen.status);
    this.#message.set(row, seen.message);
    this.#grpcStatus.set(row, seen.grpcStatus);
    this.#requestBody.set(row, seen.requestBody);
    this.#responseBody.set(row, seen.status === null ? null : seen.responseBody);
    this.#latency.set(row, seen.latency);
    this.#truncated.values[row] = seen.truncated ? 1 : 0;
  }
}
