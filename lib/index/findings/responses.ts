import type { HttpRow } from './rows.ts';
import { Keyed, Sightings, top } from './tally.ts';

/** Requests to one server, and those that failed. */
export class Responses extends Sightings {
  all = 0;
  host = '';
  port = 0;
  authority: string | null = null;
  #kinds: Map<string, number> | undefined; // "503 GET /cart"; most servers have none

  fault(row: HttpRow, kind: string): void {
    this.add(row);
    this.#kinds ??= new Map();
    const seen = this.#kinds.get(kind);
    if (seen !== undefined || this.#kinds.size < 100) this.#kinds.set(kind, (seen ?? 0) + 1);
  }

  get worst(): { what: string; count: number }[] {
    return top(this.#kinds ?? [], 5, count => count).map(([what, count]) => ({ what, count }));
  }
}

/** Requests by the address, port and host name that they go to. */
export class ByAuthority {
  readonly #servers = new Keyed(() => new Responses());

  get(row: HttpRow): Responses | undefined {
    const server = this.#servers.get(`${row.respHost} ${row.respPort} ${row.host ?? ''}`);
    if (server) {
      server.all++;
      server.host = row.respHost;
      server.port = row.respPort;
      server.authority = row.host;
    }
    return server;
  }

  worst(n: number): [string, Responses][] {
    return top(this.#servers.entries(), n, server => server.count);
  }
}
