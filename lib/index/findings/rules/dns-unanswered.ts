import type { Resolver } from '../queries/resolvers.ts';
import type { DnsRow } from '../rows.ts';
import type { Rule } from '../rule.ts';
import { UNANSWERED_QUERY } from '../signs.ts';
import { percent, plural, Sightings, top } from '../tally.ts';

const MIN_QUERIES = 2;
const MIN_SHARE = 0.01; // of what this server was asked
const HIGH = 0.5;
const GRACE = 5_000_000_000n; // nanoseconds before the end of the capture in which an answer may still come
const LATEST = 256; // questions without answer that are held against the grace

class Silence extends Sightings {
  readonly resolver: Resolver;
  readonly #latest: bigint[] = [];

  constructor(resolver: Resolver) {
    super();
    this.resolver = resolver;
  }

  miss(row: DnsRow): void {
    this.add(row);
    this.#latest.push(row.ts);
    if (this.#latest.length > LATEST) this.#latest.shift();
  }

  /** Without those asked too late for an answer. */
  missed(end: bigint | null): number {
    const late = end === null ? 0 : this.#latest.filter(ts => ts > end - GRACE).length;
    return this.count - late;
  }
}

/** Questions to which no answer came. */
export function dnsUnanswered(): Rule {
  const servers = new Map<string, Silence>();
  return {
    name: 'dns-unanswered',
    dns: {
      signs: UNANSWERED_QUERY,
      see(row) {
        const { resolver } = row;
        if (!resolver) return;
        let silence = servers.get(resolver.endpoint);
        if (!silence) {
          silence = new Silence(resolver);
          servers.set(resolver.endpoint, silence);
        }
        silence.miss(row);
      },
    },
    conclude({ book, capture }) {
      return top(servers, 10, server => server.missed(capture.lastTs))
        .filter(([, server]) => {
          const missed = server.missed(capture.lastTs);
          return missed >= MIN_QUERIES && missed >= MIN_SHARE * server.resolver.asked;
        })
        .map(([about, server]) => {
          const missed = server.missed(capture.lastTs);
          const { host, port, asked } = server.resolver;
          const name = book.endpoint(host, port);
          return {
            about,
            severity: missed >= HIGH * asked ? 'high' : 'medium',
            title: `The DNS server ${name} did not answer ${plural(missed, 'query', 'queries')} (${percent(missed, asked)} of those it got).`,
            ...server.facts,
            count: missed,
            evidence: { server: name, asked, unanswered: missed },
          };
        });
    },
  };
}
