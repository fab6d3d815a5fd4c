import { endpoint } from '../rows.ts';
import type { Rule } from '../rule.ts';
import { Keyed, percent, plural, Sightings, top } from '../tally.ts';

const MIN_QUERIES = 2;
const MIN_SHARE = 0.01; // of what this server was asked
const HIGH = 0.5;
const GRACE = 5_000_000_000n; // nanoseconds before the end of the capture in which an answer may still come
const LATEST = 256; // questions without answer that are held against the grace

class Server {
  readonly unanswered = new Sightings();
  readonly latest: bigint[] = [];
  host = '';
  port = 0;
  asked = 0;

  miss(ts: bigint, uid: string): void {
    this.unanswered.add(ts, uid);
    this.latest.push(ts);
    if (this.latest.length > LATEST) this.latest.shift();
  }

  /** Without those asked too late for an answer. */
  missed(end: bigint | null): number {
    const late = end === null ? 0 : this.latest.filter(ts => ts > end - GRACE).length;
    return this.unanswered.count - late;
  }
}

/** Questions to which no answer came. */
export function dnsUnanswered(): Rule {
  const servers = new Keyed(() => new Server());
  return {
    name: 'dns-unanswered',
    dns(row) {
      if (row.multicast) return;
      const server = servers.get(endpoint(row.respHost, row.respPort));
      if (!server) return;
      server.host = row.respHost;
      server.port = row.respPort;
      server.asked++;
      if (row.rcode === null) server.miss(row.ts, row.uid);
    },
    conclude({ book, capture }) {
      return top(servers.entries(), 10, server => server.missed(capture.lastTs))
        .filter(([, server]) => {
          const missed = server.missed(capture.lastTs);
          return missed >= MIN_QUERIES && missed >= MIN_SHARE * server.asked;
        })
        .map(([about, server]) => {
          const missed = server.missed(capture.lastTs);
          const name = book.endpoint(server.host, server.port);
          return {
            about,
            severity: missed >= HIGH * server.asked ? 'high' : 'medium',
            title: `The DNS server ${name} did not answer ${plural(missed, 'query', 'queries')} (${percent(missed, server.asked)} of those it got).`,
            ...server.unanswered.facts,
            count: missed,
            evidence: { server: name, asked: server.asked, unanswered: missed },
          };
        });
    },
  };
}
