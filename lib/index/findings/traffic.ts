import type { ConnRow } from './rows.ts';
import { endpoint } from './rows.ts';

const MAX_SERVERS = 20_000;
const MAX_PATHS = 50_000;

/** TCP connections to one port of a service, pod or address. */
export class Server {
  readonly name: string;
  readonly paths = new Map<string, Path>();
  connections = 0;

  constructor(name: string) {
    this.name = name;
  }
}

/** TCP connections of one client to one server. */
export class Path {
  readonly client: string;
  readonly server: Server;
  connections = 0;
  toServer = 0; // packets
  toClient = 0;

  constructor(client: string, server: Server) {
    this.client = client;
    this.server = server;
  }
}

/**
 * How much TCP traffic went where: what shares are taken of. Counts the servers and paths that come first, so many
 * that only scans have more.
 */
export class Traffic {
  readonly #servers = new Map<string, Map<number, Server>>(); // by name or address, and port
  #serverCount = 0;
  #pathCount = 0;

  /** The path of this row, counted in; undefined when it is not TCP, or beyond what is counted. */
  add(row: ConnRow): Path | undefined {
    if (row.proto !== 'tcp') return undefined;
    const server = this.#server(row);
    if (!server) return undefined;
    server.connections++;
    const path = this.#path(server, row.client);
    if (!path) return undefined;
    path.connections++;
    path.toServer += row.orig.packets(row.row);
    path.toClient += row.resp.packets(row.row);
    return path;
  }

  #server(row: ConnRow): Server | undefined {
    const name = row.respName;
    const host = name ?? row.respHost;
    const port = row.respPort;
    let ports = this.#servers.get(host);
    const known = ports?.get(port);
    if (known || this.#serverCount >= MAX_SERVERS) return known;
    if (!ports) {
      ports = new Map();
      this.#servers.set(host, ports);
    }
    const server = new Server(name === null ? endpoint(host, port) : `${name} port ${port}`);
    ports.set(port, server);
    this.#serverCount++;
    return server;
  }

  #path(server: Server, client: string): Path | undefined {
    const known = server.paths.get(client);
    if (known || this.#pathCount >= MAX_PATHS) return known;
    const path = new Path(client, server);
    server.paths.set(client, path);
    this.#pathCount++;
    return path;
  }
}
