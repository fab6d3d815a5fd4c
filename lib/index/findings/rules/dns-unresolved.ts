import { NameTree } from '../name-tree.ts';
import type { Rule } from '../rule.ts';
import { Keyed, plural, Sightings, top } from '../tally.ts';

const NXDOMAIN = 3;
const MIN_ANSWERS = 2; // for one name; a single one may be a typing error
const MEDIUM = 10;
const MAX_NAMES = 10;

class Unresolved extends Sightings {
  readonly clients = new Map<string, number>();
}

/** Names that do not exist, apart from those that a resolver only made with its search list. */
export function dnsUnresolved(): Rule {
  const names = new Keyed(() => new Unresolved());
  const asked = new NameTree();
  return {
    name: 'dns-unresolved',
    dns(row) {
      if (row.query === null || row.multicast || row.rcode === null) return;
      asked.add(row.query);
      if (row.rcode !== NXDOMAIN) return;
      const seen = names.get(row.query);
      seen?.add(row.ts, row.uid);
      if (seen && (seen.clients.size < 20 || seen.clients.has(row.origHost))) {
        seen.clients.set(row.origHost, (seen.clients.get(row.origHost) ?? 0) + 1);
      }
    },
    conclude({ book }) {
      const own = [...names.entries()].filter(([name]) => asked.baseOf(name) === undefined);
      return top(own, MAX_NAMES, seen => seen.count)
        .filter(([, seen]) => seen.count >= MIN_ANSWERS)
        .map(([name, seen]) => {
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
