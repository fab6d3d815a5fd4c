import type { AnalysisContext, Direction } from '../analyser.ts';
import type { Host } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';
import { HTTP2 } from '../kernel/services.ts';
import { TableRows } from '../kernel/table-rows.ts';
import { latin1 } from './bytes.ts';
import { Exchange } from './http/exchange.ts';
import { Http2Connection } from './http2/conversation.ts';
import { HttpRows } from './http2/rows.ts';
import { Numbered } from './numbered.ts';
import { QuicDatagrams } from './quic/conversation.ts';
import { printable } from './text.ts';
import { describeClient } from './tls/describe-client.ts';

/** What the kernel does not do itself for the applications of one capture. */
export class ApplicationHost implements Host {
  readonly #kernel: Kernel;
  readonly #takeRows: AnalysisContext['takeRows'];
  readonly #httpRows: HttpRows;
  readonly #http2 = new Numbered<Http2Connection>();
  readonly #quic = new Numbered<QuicDatagrams>();

  constructor({ kernel, takeRows }: AnalysisContext) {
    this.#kernel = kernel;
    this.#takeRows = takeRows;
    this.#httpRows = new HttpRows(kernel);
  }

  makeText(kind: number, from: number, length: number, to: number): number {
    const { bytes } = this.#kernel;
    const text =
      kind === at.PRINTABLE ? printable(bytes, from, from + length) : latin1(bytes, from, from + length);
    return this.#put(kind === at.LOWER_CASE ? text.toLowerCase() : text, to);
  }

  describeClient(isQuic: number, start: number, end: number): number {
    return describeClient(this.#kernel, isQuic !== 0, start, end) ? 1 : 0;
  }

  takeRows(table: number, rows: number): void {
    this.#takeRows(new TableRows(this.#kernel, table, rows));
  }

  openHttp2(flow: number): number {
    return this.#http2.add(new Http2Connection(flow, this.#httpRows));
  }

  openUpgraded(
    flow: number,
    time: number,
    requestBody: number,
    method: number,
    host: number,
    uri: number,
    userAgent: number,
  ): number {
    this.#kernel.exports.setService(flow, HTTP2);
    const exchange = Object.assign(new Exchange(time), {
      asked: true,
      requestBody,
      method: this.#saved(method),
      host: this.#saved(host),
      uri: this.#saved(uri),
      userAgent: this.#saved(userAgent),
    });
    return this.#http2.add(new Http2Connection(flow, this.#httpRows, exchange));
  }

  takePreface(connection: number, direction: Direction): void {
    this.#http2.at(connection).preface(direction);
  }

  takeFrame(
    connection: number,
    direction: Direction,
    time: number,
    start: number,
    end: number,
    length: number,
    isCut: number,
  ): void {
    const { bytes } = this.#kernel;
    this.#http2.at(connection).frame(direction, time, bytes, start, end, length, isCut !== 0);
  }

  loseFrames(connection: number, direction: Direction): void {
    this.#http2.at(connection).lose(direction);
  }

  endHttp2(connection: number): void {
    this.#http2.remove(connection).end();
  }

  openQuic(flow: number): number {
    return this.#quic.add(new QuicDatagrams(flow, this.#kernel));
  }

  takeQuic(conversation: number, direction: Direction, time: number, start: number, end: number): number {
    return this.#quic.at(conversation).take(direction, time, this.#kernel.bytes, start, end);
  }

  endQuic(conversation: number, time: number): void {
    this.#quic.remove(conversation).end(time);
  }

  /** A text of the kernel's heap: its length, then its bytes. */
  #saved(address: number): string | null {
    if (address === 0) return null;
    const { buffer } = this.#kernel;
    const length = this.#kernel.integersAt(address, 1)[0]!;
    return Buffer.from(buffer, address + 4, length).toString();
  }

  #put(text: string, to: number): number {
    return Buffer.from(this.#kernel.buffer, to).write(text);
  }
}
