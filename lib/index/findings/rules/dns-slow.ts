import { Durations } from '../durations.ts';
import { endpoint } from '../rows.ts';
import type { Rule } from '../rule.ts';
import { Keyed, percent, plural, Sightings, top } from '../tally.ts';

const SLOW = 0.5; // seconds; most resolvers ask again after 1 to 5 s
const MIN_ANSWERS = 3;
const MIN_SHARE = 0.01; // of what this server answered
const HIGH = 0.1;

class Server {
  readonly slow = new Sightings();
  readonly times = new Durations();
  host = '';
  port = 0;
}

/** A DNS server that takes long to answer. */
export function dnsSlow(): Rule {
  const servers = new Keyed(() => new Server());
  return {
    name: 'dns-slow',
    dns(row) {
      const { rtt } = row;
      if (rtt === null || row.multicast) return;
      const server = servers.get(endpoint(row.respHost, row.respPort));
      if (!server) return;
      server.host = row.respHost;
      server.port = row.respPort;
      server.times.add(rtt);
      if (rtt >= SLOW) server.slow.add(row.ts, row.uid);
    },
    conclude({ book }) {
      return top(servers.entries(), 10, ({ slow }) => slow.count)
        .filter(([, { slow, times }]) => slow.count >= MIN_ANSWERS && slow.count >= MIN_SHARE * times.count)
        .map(([about, { slow, times, host, port }]) => ({
          about,
          severity: slow.count >= HIGH * times.count ? 'high' : 'medium',
          title: `The DNS server ${book.endpoint(host, port)} took longer than ${SLOW} s for ${plural(slow.count, 'answer')} (${percent(slow.count, times.count)}), at most ${times.max.toFixed(2)} s.`,
          ...slow.facts,
          evidence: {
            server: book.endpoint(host, port),
            answers: times.count,
            p50: times.quantile(0.5),
            p95: times.quantile(0.95),
            max: times.max,
          },
        }));
    },
  };
}
