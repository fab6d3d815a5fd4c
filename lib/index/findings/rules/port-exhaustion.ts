import type { ConnRow } from '../rows.ts';
import type { Rule } from '../rule.ts';
import { BUSY } from '../signs.ts';
import { grouped, plural, Sightings } from '../tally.ts';

/** Linux has 28,232 ephemeral ports (32768 to 60999), each held for 60 s after a close (TIME_WAIT). */
const WINDOW = 60_000_000_000n; // nanoseconds
const PORTS = 28_232;
const MEDIUM = 0.5;
const HIGH = 0.8;
const OPEN_WINDOWS = 8; // flows end later than they begin, so windows close out of order
const MAX_FINDINGS = 5;

class Rate extends Sightings {
  readonly #windows = new Map<bigint, number>();
  peak = 0; // connections in one minute

  connection(row: ConnRow): void {
    this.add(row);
    const window = row.ts / WINDOW;
    const count = (this.#windows.get(window) ?? 0) + 1;
    this.#windows.set(window, count);
    if (count > this.peak) this.peak = count;
    if (this.#windows.size > OPEN_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
  }
}

/** One client opens connections to one server and port faster than its ports come back. */
export function portExhaustion(): Rule {
  const rates = new Map<number, Rate>(); // by path
  return {
    name: 'port-exhaustion',
    conn: {
      signs: BUSY,
      see(row) {
        let rate = rates.get(row.path);
        if (!rate) {
          rate = new Rate();
          rates.set(row.path, rate);
        }
        rate.connection(row);
      },
    },
    conclude({ traffic }) {
      return [...rates]
        .filter(([, rate]) => rate.peak >= MEDIUM * PORTS)
        .sort((a, b) => b[1].peak - a[1].peak)
        .slice(0, MAX_FINDINGS)
        .map(([path, rate]) => {
          const name = `${traffic.clientName(path)} to ${traffic.serverName(traffic.serverOf(path))}`;
          return {
            about: name,
            severity: rate.peak >= HIGH * PORTS ? 'high' : 'medium',
            title: `${plural(rate.peak, 'connection')} within a minute from ${name}: near the ${grouped(PORTS)} ports that one address has for it.`,
            ...rate.facts,
            evidence: {
              path: name,
              connections: traffic.connectionsOf(path),
              inTheWorstMinute: rate.peak,
              ports: PORTS,
            },
          };
        });
    },
  };
}
