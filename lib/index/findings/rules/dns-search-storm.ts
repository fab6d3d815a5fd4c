import type { Rule } from '../rule.ts';
import { NO_SUCH_NAME } from '../signs.ts';
import { Keyed, percent, plural, Sightings, top } from '../tally.ts';

const MIN_ANSWERS = 20;
const MIN_SHARE = 0.3; // of the answered queries

/** Most questions are a name with a search domain behind it that cannot exist (`ndots:5`). */
export function dnsSearchStorm(): Rule {
  const names = new Keyed(() => new Sightings());
  return {
    name: 'dns-search-storm',
    dns: {
      signs: NO_SUCH_NAME,
      see: row => names.get(row.query!)?.add(row),
    },
    conclude({ resolvers }) {
      const { answered } = resolvers;
      const least = Math.max(MIN_ANSWERS, MIN_SHARE * answered);
      const failed = [...names.entries()].reduce((sum, [, seen]) => sum + seen.count, 0);
      if (failed < least) return [];
      const all = new Sightings();
      const bases = new Map<string, number>();
      const suffixes = new Map<string, number>();
      for (const [name, seen] of names.entries()) {
        const base = resolvers.baseOf(name);
        if (base === undefined) continue;
        all.include(seen);
        bases.set(base, (bases.get(base) ?? 0) + seen.count);
        const suffix = name.slice(base.length + 1);
        suffixes.set(suffix, (suffixes.get(suffix) ?? 0) + seen.count);
      }
      if (all.count < least) return [];
      const [worst] = top(bases, 1, count => count);
      return [
        {
          about: '',
          severity: 'medium',
          title: `${percent(all.count, answered)} of the DNS answers (${plural(all.count, 'answer')}) are NXDOMAIN for search domains appended to a name, most to ${worst![0]}: a final dot or a lower ndots saves them.`,
          ...all.facts,
          evidence: {
            answered,
            names: top(bases, 10, count => count).map(([name, count]) => ({ name, count })),
            searchDomains: top(suffixes, 10, count => count).map(([domain, count]) => ({ domain, count })),
          },
        },
      ];
    },
  };
}
