import type { Resolver } from '../queries/resolvers.ts';
import type { Rule } from '../rule.ts';
import { SLOW_ANSWER } from '../signs.ts';
import { percent, plural, Sightings, top } from '../tally.ts';

/** What makes a SLOW_ANSWER, in seconds; most resolvers ask again after 1 to 5 s. */
export const SLOW = 0.5;
const MIN_ANSWERS = 3;
const MIN_SHARE = 0.01; // of what this server answered
const HIGH = 0.1;

class Slowness extends Sightings {
  readonly resolver: Resolver;

  constructor(resolver: Resolver) {
    super();
    this.resolver = resolver;
  }
}

/** A DNS server that takes long to answer. */
export function dnsSlow(): Rule {
  const servers = new Map<string, Slowness>();
  return {
    name: 'dns-slow',
    dns: {
      signs: SLOW_ANSWER,
      see(row) {
        const { resolver } = row;
        if (!resolver) return;
        let slow = servers.get(resolver.endpoint);
        if (!slow) {
          slow = new Slowness(resolver);
          servers.set(resolver.endpoint, slow);
        }
        slow.add(row);
      },
    },
    conclude({ book }) {
      return top(servers, 10, slow => slow.count)
        .filter(([, { count, resolver }]) => count >= MIN_ANSWERS && count >= MIN_SHARE * resolver.answers)
        .map(([about, slow]) => {
          const { answers, longest, host, port } = slow.resolver;
          const server = book.endpoint(host, port);
          return {
            about,
            severity: slow.count >= HIGH * answers ? 'high' : 'medium',
            title: `The DNS server ${server} took longer than ${SLOW} s for ${plural(slow.count, 'answer')} (${percent(slow.count, answers)}), at most ${longest.toFixed(2)} s.`,
            ...slow.facts,
            evidence: {
              server,
              answers,
              p50: slow.resolver.quantile(0.5),
              p95: slow.resolver.quantile(0.95),
              max: longest,
            },
          };
        });
    },
  };
}
