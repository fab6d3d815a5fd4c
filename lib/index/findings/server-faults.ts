import type { ConnRow } from './rows.ts';
import { Sightings, top } from './tally.ts';
import type { Path, Server } from './traffic.ts';

/** A fault that connections to one server have. */
export class Faults extends Sightings {
  readonly #clients = new Map<string, number>();

  fault(row: ConnRow, path: Path): void {
    this.add(row.ts, row.uid);
    if (this.#clients.size < 100 || this.#clients.has(path.client)) {
      this.#clients.set(path.client, (this.#clients.get(path.client) ?? 0) + 1);
    }
  }

  /** Those clients that met the fault most often. */
  get clients(): { client: string; count: number }[] {
    return top(this.#clients, 5, count => count).map(([client, count]) => ({ client, count }));
  }
}

/** Faults of connections, by server. */
export class ServerFaults {
  readonly #servers = new Map<Server, Faults>();

  add(row: ConnRow, path: Path): void {
    let faults = this.#servers.get(path.server);
    if (!faults) {
      faults = new Faults();
      this.#servers.set(path.server, faults);
    }
    faults.fault(row, path);
  }

  /** The servers with the most faults. */
  worst(n: number): { server: Server; faults: Faults }[] {
    return [...this.#servers]
      .map(([server, faults]) => ({ server, faults }))
      .sort((a, b) => b.faults.count - a.faults.count || (a.server.name < b.server.name ? -1 : 1))
      .slice(0, n);
  }
}
