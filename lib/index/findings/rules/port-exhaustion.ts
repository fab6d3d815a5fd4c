import type { Rule } from '../rule.ts';
import { plural, Sightings } from '../tally.ts';
import type { Path } from '../traffic.ts';

/** Linux has 28,232 ephemeral ports (32768 to 60999), each held for 60 s after a close (TIME_WAIT). */
const WINDOW = 60_000_000_000n; // nanoseconds
const PORTS = 28_232;
const MEDIUM = 0.5;
const HIGH = 0.8;
const CONSIDERED = 1000; // connections before a path is watched
const OPEN_WINDOWS = 8; // flows end later than they begin, so windows close out of order
const MAX_FINDINGS = 5;

class Rate extends Sightings {
  readonly #windows = new Map<bigint, number>();
  peak = 0; // connections in one minute

  connection(ts: bigint, uid: string): void {
    this.add(ts, uid);
    const window = ts / WINDOW;
    const count = (this.#windows.get(window) ?? 0) + 1;
    this.#windows.set(window, count);
    if (count > this.peak) this.peak = count;
    if (this.#windows.size > OPEN_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
  }
}

/** One client opens connections to one server and port faster than its ports come back. */
export function portExhaustion(): Rule {
  const rates = new Map<Path, Rate>();
  return {
    name: 'port-exhaustion',
    conn(row, path) {
      if (!path || path.connections <= CONSIDERED) return;
      let rate = rates.get(path);
      if (!rate) {
        rate = new Rate();
        rates.set(path, rate);
      }
      rate.connection(row.ts, row.uid);
    },
    conclude() {
      return [...rates]
        .filter(([, rate]) => rate.peak >= MEDIUM * PORTS)
        .sort((a, b) => b[1].peak - a[1].peak)
        .slice(0, MAX_FINDINGS)
        .map(([path, rate]) => {
          const name = `${path.client} to ${path.server.name}`;
          return {
            about: name,
            severity: rate.peak >= HIGH * PORTS ? 'high' : 'medium',
            title: `${plural(rate.peak, 'connection')} within a minute from ${name}: near the ${PORTS.toLocaleString('en-US')} ports that one address has for it.`,
            ...rate.facts,
            evidence: {
              path: name,
              connections: path.connections,
              inTheWorstMinute: rate.peak,
              ports: PORTS,
            },
          };
        });
    },
  };
}
