import { isIP } from 'node:net';
import { textColumnOf } from '../../column-forms.ts';
import type { Batch } from '../../table.ts';
import { type Exports, Program, Programs } from '../../wasm/program.ts';
import { countsOf, integersOf } from '../columns.ts';
import type { Ends } from '../ends.ts';
import { endpoint } from '../rows.ts';
import { CODE } from './code.ts';
import * as at from './layout.ts';

/** What assembly/index.ts exports. */
interface TrafficExports extends Exports {
  count(rows: number, clients: number, servers: number, wanted: number, columns: number): number;
  listedAt(): number;
  connectionCount(): number;
  serverAt(number: number): number;
  pathAt(number: number): number;
  endTextAt(number: number): number;
}

class TrafficProgram extends Program<TrafficExports> {}

const programs = new Programs(CODE, TrafficProgram, 128 * 1024 * 1024);

/** A row that shows something. Server and path are -1 when it is not TCP, or beyond what is counted. */
export interface ListedConn {
  row: number;
  signs: number;
  server: number;
  path: number;
}

/**
 * How much TCP traffic went where: what shares are taken of. A server is one port of a service, pod or address, a path
 * the way of one client to one server; both go by numbers. Counts the servers and paths that come first, so many that
 * only scans have more.
 */
export class Traffic {
  readonly #program = programs.begin();

  /** Nothing is asked any more. */
  end(): void {
    programs.end(this.#program);
  }

  /** Counts a batch of `conn` in, and gives the rows that have one of the signs wanted, in order. */
  *count(batch: Batch, clients: Ends, servers: Ends, wanted: number): Generator<ListedConn> {
    const { columns, rows } = batch;
    const texts = [
      clients,
      servers,
      textColumnOf(columns.proto, rows),
      textColumnOf(columns.conn_state, rows),
    ];
    const numbers = ['id_resp_p', 'orig_retx', 'resp_retx', 'orig_zero_win', 'resp_zero_win'];
    const arrays = this.#program.put([
      ...texts.flatMap(({ index, texts: { offsets, bytes } }) => [index, offsets, bytes]),
      ...numbers.map(name => integersOf(columns[name], rows)),
      ...['orig_pkts', 'resp_pkts'].map(name => countsOf(columns[name], rows)),
    ]);
    const { exports } = this.#program;
    const found = exports.count(rows, sizeOf(clients), sizeOf(servers), wanted, arrays);
    const listed = this.#program.integersAt(exports.listedAt(), found * at.LISTED_INTEGERS).slice();
    for (let i = 0; i < listed.length; i += at.LISTED_INTEGERS) {
      yield { row: listed[i]!, signs: listed[i + 1]!, server: listed[i + 2]!, path: listed[i + 3]! };
    }
  }

  /** TCP connections, whether counted by server and path or not. */
  get connections(): number {
    return this.#program.exports.connectionCount();
  }

  connectionsTo(server: number): number {
    return this.#integer(this.#program.exports.serverAt(server) + at.CONNECTIONS_TO);
  }

  connectionsOf(path: number): number {
    return this.#integer(this.#program.exports.pathAt(path) + at.CONNECTIONS_OF);
  }

  packetsToServer(path: number): number {
    return this.#double(this.#program.exports.pathAt(path) + at.TO_SERVER);
  }

  packetsToClient(path: number): number {
    return this.#double(this.#program.exports.pathAt(path) + at.TO_CLIENT);
  }

  serverName(server: number): string {
    const place = this.#program.exports.serverAt(server);
    const text = this.#endText(this.#integer(place + at.SERVER_END));
    const port = this.#integer(place + at.SERVER_PORT);
    return isIP(text) === 0 ? `${text} port ${port}` : endpoint(text, port);
  }

  serverOf(path: number): number {
    return this.#integer(this.#program.exports.pathAt(path) + at.PATH_SERVER);
  }

  clientName(path: number): string {
    return this.#endText(this.#integer(this.#program.exports.pathAt(path) + at.PATH_CLIENT));
  }

  #endText(number: number): string {
    const place = this.#program.exports.endTextAt(number);
    const bytes = Buffer.from(this.#program.bytes.buffer);
    return bytes.toString('utf8', place + 4, place + 4 + bytes.readInt32LE(place));
  }

  #integer(place: number): number {
    return this.#program.integersAt(place, 1)[0]!;
  }

  #double(place: number): number {
    return this.#program.doublesAt(place, 1)[0]!;
  }
}

function sizeOf({ texts }: Ends): number {
  return texts.offsets.length - 1;
}
