import type { Batch } from '../table.ts';
import * as at from './assembly/layout.ts';
import { EndNumbers } from './end-numbers.ts';
import type { Ends } from './ends.ts';
import { endpoint } from './rows.ts';
import { TrafficInput } from './traffic-input.ts';
import { TrafficProgram } from './traffic-program.ts';

/** Takes a row that shows something. Server and path are -1 when it is not TCP, or beyond what is counted. */
type See = (row: number, signs: number, server: number, path: number) => void;

/**
 * How much TCP traffic went where: what shares are taken of. A server is one port of a service, pod or address, a path
 * the way of one client to one server; both go by numbers. Counts the servers and paths that come first, so many that
 * only scans have more.
 */
export class Traffic {
  readonly #program = TrafficProgram.begin((side, place, isFull) =>
    (side === at.SERVERS_AT ? this.#serverEnds : this.#clientEnds).numberOf(place, isFull !== 0),
  );
  readonly #clientEnds = new EndNumbers(this.#program, at.CLIENTS_AT);
  readonly #serverEnds = new EndNumbers(this.#program, at.SERVERS_AT);
  readonly #listed = this.#program.integersAt(at.LISTED_AT, at.SLICE * at.LISTED_INTEGERS);
  readonly #connections = this.#program.integersAt(at.CONNECTIONS_AT, 1);
  readonly #servers = this.#program.integersAt(at.SERVER_INDEX_AT + at.PAIRS, 2 * at.MAX_SERVERS); // end and port
  readonly #paths = this.#program.integersAt(at.PATH_INDEX_AT + at.PAIRS, 2 * at.MAX_PATHS); // server and client
  readonly #connectionsTo = this.#program.integersAt(at.CONNECTIONS_TO_AT, at.MAX_SERVERS);
  readonly #connectionsOf = this.#program.integersAt(at.CONNECTIONS_OF_AT, at.MAX_PATHS);
  readonly #toServer = this.#program.doublesAt(at.PACKETS_TO_SERVER_AT, at.MAX_PATHS);
  readonly #toClient = this.#program.doublesAt(at.PACKETS_TO_CLIENT_AT, at.MAX_PATHS);

  /** Counts a batch of `conn` in, and shows the rows that have one of the signs wanted, in order. */
  count(batch: Batch, clients: Ends, servers: Ends, wanted: number, see: See): void {
    const listed = this.#listed;
    const input = new TrafficInput(this.#program, batch, clients.index, servers.index);
    this.#clientEnds.use(clients);
    this.#serverEnds.use(servers);
    for (let start = 0; start < batch.rows; start += at.SLICE) {
      const rows = Math.min(at.SLICE, batch.rows - start);
      input.copy(start, rows);
      const end = this.#program.exports.count(rows, wanted) * at.LISTED_INTEGERS;
      this.#clientEnds.takeNew();
      this.#serverEnds.takeNew();
      for (let i = 0; i < end; i += at.LISTED_INTEGERS) {
        see(start + listed[i]!, listed[i + 1]!, listed[i + 2]!, listed[i + 3]!);
      }
    }
  }

  /** Nothing is asked any more. */
  end(): void {
    this.#program.end();
  }

  /** TCP connections, whether counted by server and path or not. */
  get connections(): number {
    return this.#connections[0]!;
  }

  connectionsTo(server: number): number {
    return this.#connectionsTo[server]!;
  }

  connectionsOf(path: number): number {
    return this.#connectionsOf[path]!;
  }

  packetsToServer(path: number): number {
    return this.#toServer[path]!;
  }

  packetsToClient(path: number): number {
    return this.#toClient[path]!;
  }

  serverName(server: number): string {
    const end = this.#servers[2 * server]!;
    const port = this.#servers[2 * server + 1]!;
    const text = this.#serverEnds.text(end);
    return this.#serverEnds.isNamed(end) ? `${text} port ${port}` : endpoint(text, port);
  }

  serverOf(path: number): number {
    return this.#paths[2 * path]!;
  }

  clientName(path: number): string {
    return this.#clientEnds.text(this.#paths[2 * path + 1]!);
  }
}
