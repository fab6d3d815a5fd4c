import type { Kernel } from '../../kernel/kernel.ts';
import { CALLER_AT, CALLER_BYTES } from '../../kernel/layout.ts';
import * as at from '../../kernel/tables.ts';
import type { Exchange } from '../http/exchange.ts';

/** Writes rows of `http` for what the kernel does not read itself. */
export class HttpRows {
  readonly #kernel: Kernel;
  readonly #scratch: Buffer;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#scratch = Buffer.from(kernel.buffer, CALLER_AT, CALLER_BYTES);
  }

  add(flow: number, seen: Exchange): void {
    const { exports } = this.#kernel;
    const row = exports.beginRow(at.HTTP, flow, seen.time);
    this.#setText(at.HTTP_VERSION, row, seen.version);
    this.#setText(at.HTTP_METHOD, row, seen.method);
    this.#setText(at.HTTP_HOST, row, seen.host);
    this.#setText(at.HTTP_URI, row, seen.uri);
    this.#setText(at.HTTP_USER_AGENT, row, seen.userAgent);
    this.#setText(at.HTTP_MESSAGE, row, seen.message);
    this.#setInteger(at.HTTP_STATUS, row, seen.status);
    this.#setInteger(at.HTTP_GRPC_STATUS, row, seen.grpcStatus);
    exports.setLong(at.HTTP_REQUEST_BODY, row, seen.requestBody);
    if (seen.status === null) exports.setNoNumber(at.HTTP_RESPONSE_BODY, row);
    else exports.setLong(at.HTTP_RESPONSE_BODY, row, seen.responseBody);
    if (seen.latency === null) exports.setNoNumber(at.HTTP_LATENCY, row);
    else exports.setDouble(at.HTTP_LATENCY, row, seen.latency);
    exports.setByte(at.HTTP_TRUNCATED, row, seen.truncated ? 1 : 0);
    exports.endRow(at.HTTP);
  }

  #setInteger(column: number, row: number, value: number | null): void {
    if (value === null) this.#kernel.exports.setNoInteger(column, row);
    else this.#kernel.exports.setInteger(column, row, value);
  }

  #setText(column: number, row: number, text: string | null): void {
    if (text === null) this.#kernel.exports.setNone(column, row);
    else this.#kernel.exports.setText(column, row, CALLER_AT, this.#scratch.write(text));
  }
}
