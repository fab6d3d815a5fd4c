import type { Rule } from '../rule.ts';
import { NO_SUCH_NAME } from '../signs.ts';
import { Keyed, plural, Sightings, top } from '../tally.ts';

const MIN_ANSWERS = 2; // for one name; a single one may be a typing error
const MEDIUM = 10;
const MAX_NAMES = 10;

class Unresolved extends Sightings {
  readonly clients = new Map<string, number>();
}

/** Names that do not exist, apart from those that a resolver only made with its search list. */
export function dnsUnresolved(): Rule {
  const names = new Keyed(() => new Unresolved());
  return {
    name: 'dns-unresolved',
    dns: {
      signs: NO_SUCH_NAME,
      see(row) {
        const seen = names.get(row.query!);
        if (!seen) return;
        seen.add(row);
        const host = row.origHost;
        if (seen.clients.size < 20 || seen.clients.has(host))
          seen.clients.set(host, (seen.clients.get(host) ?? 0) + 1);
      },
    },
    conclude({ book, resolvers }) {
      const own = [...names.entries()].filter(
        ([name, seen]) => seen.count >= MIN_ANSWERS && resolvers.baseOf(name) === undefined,
      );
      return top(own, MAX_NAMES, seen => seen.count).map(([name, seen]) => {
        const clients = top(seen.clients, 5, count => count);
        return {
          about: name,
          severity: seen.count >= MEDIUM ? 'medium' : 'low',
          title: `The name ${name} does not exist: ${plural(seen.count, 'answer')} NXDOMAIN, most to ${book.name(clients[0]![0])}.`,
          ...seen.facts,
          evidence: {
            name,
            clients: clients.map(([host, count]) => ({ client: book.name(host), count })),
          },
        };
      });
    },
  };
}
