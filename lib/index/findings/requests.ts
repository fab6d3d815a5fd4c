import type { HttpRow } from './rows.ts';
import { Keyed, Sightings, top } from './tally.ts';

/** Requests to one server by one name of it, and those that failed. */
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

  /** Counts so many requests like this one in; undefined beyond what is counted. */
  count({ respHost, respPort, host }: HttpRow, requests: number): Responses | undefined {
    const server = this.#servers.get(`${respHost} ${respPort} ${host ?? ''}`);
    if (server) {
      server.all += requests;
      server.host = respHost;
      server.port = respPort;
      server.authority = host;
    }
    return server;
  }

  worst(n: number): [string, Responses][] {
    return top(this.#servers.entries(), n, server => server.count);
  }
}

/** Who was asked over HTTP: what shares of requests are taken of. */
export class Requests {
  readonly all = new ByAuthority();
  /** Those of gRPC. */
  readonly calls = new ByAuthority();
}
