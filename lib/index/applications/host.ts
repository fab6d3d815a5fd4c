import { PROTOCOL_TCP } from '../../pcap/protocols.ts';
import type { AnalysisContext, Direction } from '../analyser.ts';
import { KIND, PORTS, ROW_INTEGERS } from '../engine/row.ts';
import type { Host } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import * as at from '../kernel/layout.ts';
import { latin1 } from './bytes.ts';
import { Exchange } from './http/exchange.ts';
import { Http2Connection } from './http2/conversation.ts';
import { HttpRows } from './http2/rows.ts';
import { Numbered } from './numbered.ts';
import { QuicDatagrams, startsQuic } from './quic/conversation.ts';
import { type Service, tcpService, udpService } from './services.ts';
import { readBatch } from './tables.ts';
import { printable } from './text.ts';
import { describeClient } from './tls/describe-client.ts';

/** What the kernel does not do itself for the applications of one capture. */
export class ApplicationHost implements Host {
  /** Names of services, counted from 1; first those that the kernel knows by number. */
  readonly services = ['dns', 'tls', 'http', 'http2', 'quic', 'websocket'];
  readonly #kernel: Kernel;
  readonly #write: AnalysisContext['write'];
  readonly #httpRows: HttpRows;
  readonly #http2 = new Numbered<Http2Connection>();
  readonly #quic = new Numbered<QuicDatagrams>();

  constructor({ kernel, write }: Pick<AnalysisContext, 'kernel' | 'write'>) {
    this.#kernel = kernel;
    this.#write = write;
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
    this.#write(readBatch(this.#kernel, table, rows));
  }

  recognise(flow: number, direction: Direction, start: number, end: number): number {
    const { bytes } = this.#kernel;
    const row = this.#kernel.integersAt(at.ROWS_AT + flow * ROW_INTEGERS * 4, ROW_INTEGERS);
    const origPort = row[PORTS]! >>> 16;
    const respPort = row[PORTS]! & 0xffff;
    if ((row[KIND]! & 255) === PROTOCOL_TCP) {
      return this.#recognised(tcpService(respPort, direction, bytes, start, end));
    }
    if (startsQuic(bytes, start, end)) return (at.QUIC << 16) | at.SERVICE_QUIC;
    return this.#recognised(udpService(origPort, respPort, bytes, start, end));
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
    this.#kernel.exports.setService(flow, at.SERVICE_HTTP2);
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

  #recognised(service: Service | undefined): number {
    if (service === undefined) return 0;
    return ((service.startTls ? at.START_TLS : 0) << 16) | this.#numberOf(service.name);
  }

  #numberOf(service: string): number {
    const known = this.services.indexOf(service);
    return known === -1 ? this.services.push(service) : known + 1;
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
