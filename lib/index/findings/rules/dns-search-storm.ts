import { NameTree } from '../name-tree.ts';
import type { Rule } from '../rule.ts';
import { Keyed, percent, plural, Sightings, top } from '../tally.ts';

const NXDOMAIN = 3;
const MIN_ANSWERS = 20;
const MIN_SHARE = 0.3; // of the answered queries

/** Most questions are a name with a search domain behind it that cannot exist (`ndots:5`). */
export function dnsSearchStorm(): Rule {
  const names = new Keyed(() => new Sightings());
  const asked = new NameTree();
  let answered = 0;
  return {
    name: 'dns-search-storm',
    dns(row) {
      if (row.query === null || row.multicast || row.rcode === null) return;
      answered++;
      asked.add(row.query);
      if (row.rcode === NXDOMAIN) names.get(row.query)?.add(row.ts, row.uid);
    },
    conclude() {
      const all = new Sightings();
      const bases = new Map<string, number>();
      const suffixes = new Map<string, number>();
      for (const [name, seen] of names.entries()) {
        const base = asked.baseOf(name);
        if (base === undefined) continue;
        for (const uid of seen.uids) all.add(seen.firstTs!, uid, 0);
        all.add(seen.lastTs!, seen.uids[0]!, seen.count);
        bases.set(base, (bases.get(base) ?? 0) + seen.count);
        const suffix = name.slice(base.length + 1);
        suffixes.set(suffix, (suffixes.get(suffix) ?? 0) + seen.count);
      }
      if (all.count < MIN_ANSWERS || all.count < MIN_SHARE * answered) return [];
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
