import type { ConnRow } from './rows.ts';
import { Sightings, top } from './tally.ts';
import type { Traffic } from './traffic/traffic.ts';

/** A fault that connections to one server have. */
class Faults extends Sightings {
  readonly #paths = new Map<number, number>();

  fault(row: ConnRow): void {
    this.add(row);
    const seen = this.#paths.get(row.path);
    if (seen !== undefined || this.#paths.size < 100) this.#paths.set(row.path, (seen ?? 0) + 1);
  }

  /** Those clients that met the fault most often. */
  clients(traffic: Traffic): { client: string; count: number }[] {
    const counts = [...this.#paths].map(([path, count]): [string, number] => [
      traffic.clientName(path),
      count,
    ]);
    return top(counts, 5, count => count).map(([client, count]) => ({ client, count }));
  }
}

/** A server that has faults. */
export interface FaultyServer {
  name: string;
  connections: number;
  faults: Faults;
  clients: { client: string; count: number }[]; // that met them most often
}

/** Faults of connections, by server. */
export class ServerFaults {
  readonly #servers = new Map<number, Faults>();

  add(row: ConnRow): void {
    if (row.path < 0) return;
    let faults = this.#servers.get(row.server);
    if (!faults) {
      faults = new Faults();
      this.#servers.set(row.server, faults);
    }
    faults.fault(row);
  }

  /** The servers with the most faults, of those with at least so many. */
  worst(n: number, least: number, traffic: Traffic): FaultyServer[] {
    return [...this.#servers]
      .filter(([, faults]) => faults.count >= least)
      .map(([server, faults]) => ({ server, name: traffic.serverName(server), faults }))
      .sort((a, b) => b.faults.count - a.faults.count || (a.name < b.name ? -1 : 1))
      .slice(0, n)
      .map(({ server, name, faults }) => ({
        name,
        connections: traffic.connectionsTo(server),
        faults,
        clients: faults.clients(traffic),
      }));
  }
}
