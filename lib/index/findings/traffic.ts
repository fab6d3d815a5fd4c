import type { Ends } from './ends.ts';
import { PairIndex } from './pair-index.ts';
import { endpoint } from './rows.ts';

const MAX_SERVERS = 20_000;
const MAX_PATHS = 50_000;

/**
 * How much TCP traffic went where: what shares are taken of. A server is one port of a service, pod or address, a path
 * the way of one client to one server; both go by numbers. Counts the servers and paths that come first, so many that
 * only scans have more.
 */
export class Traffic {
  readonly #ends = new Map<string, number>(); // names and addresses
  readonly #texts: string[] = [];
  readonly #named: boolean[] = [];
  readonly #kept = new WeakMap<object, (number | undefined)[]>();
  readonly #servers = new PairIndex(MAX_SERVERS); // end and port
  readonly #paths = new PairIndex(MAX_PATHS); // server and client
  readonly #connectionsTo = new Int32Array(MAX_SERVERS);
  readonly #connectionsOf = new Int32Array(MAX_PATHS);
  readonly #toServer = new Float64Array(MAX_PATHS); // packets
  readonly #toClient = new Float64Array(MAX_PATHS);
  /** TCP connections, whether counted by server and path or not. */
  connections = 0;

  /** The number of the server, one connection counted in; -1 beyond what is counted. */
  connect(servers: Ends, end: number, port: number): number {
    this.connections++;
    const number = this.#endNumber(servers, end, this.#servers.full);
    const server = number < 0 ? -1 : this.#servers.number(number, port);
    if (server >= 0) this.#connectionsTo[server]!++;
    return server;
  }

  /** The number of the path, one connection and its packets counted in; -1 beyond what is counted. */
  travel(server: number, clients: Ends, end: number, toServer: number, toClient: number): number {
    const number = this.#endNumber(clients, end, this.#paths.full);
    const path = number < 0 ? -1 : this.#paths.number(server, number);
    if (path < 0) return path;
    this.#connectionsOf[path]!++;
    this.#toServer[path]! += toServer;
    this.#toClient[path]! += toClient;
    return path;
  }

  /** Remembers no text once there is no more room for what it would be an end of. */
  #endNumber(ends: Ends, end: number, full: boolean): number {
    if (end < 0) return -1;
    let number = ends.numbers[end]!;
    if (number >= 0) return number;
    const kept = ends.kept && this.#numbersOf(ends.kept.source);
    const place = ends.kept?.numbers[end] ?? 0;
    if (kept?.[place] !== undefined) {
      ends.numbers[end] = kept[place];
      return kept[place];
    }
    const text = ends.text(end);
    const known = this.#ends.get(text);
    if (known === undefined && full) return -1;
    number = known ?? this.#texts.push(text) - 1;
    if (known === undefined) {
      this.#ends.set(text, number);
      this.#named.push(ends.names[end] !== null);
    }
    ends.numbers[end] = number;
    if (kept) kept[place] = number;
    return number;
  }

  /** Numbers of texts that a source keeps, as far as they are known; those of the sources of old are let go. */
  #numbersOf(source: object): (number | undefined)[] {
    let numbers = this.#kept.get(source);
    if (numbers === undefined) {
      numbers = [];
      this.#kept.set(source, numbers);
    }
    return numbers;
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
    const end = this.#servers.first(server);
    const port = this.#servers.second(server);
    const text = this.#texts[end]!;
    return this.#named[end] ? `${text} port ${port}` : endpoint(text, port);
  }

  serverOf(path: number): number {
    return this.#paths.first(path);
  }

  clientName(path: number): string {
    return this.#texts[this.#paths.second(path)]!;
  }
}
