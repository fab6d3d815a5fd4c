import { endpoint } from '../rows.ts';
import type { Rule } from '../rule.ts';
import { FAILED_QUERY } from '../signs.ts';
import { Keyed, plural, Sightings, top } from '../tally.ts';

const MIN_ANSWERS = 2;
const HIGH = 20;

class Failures extends Sightings {
  host = '';
  port = 0;
  rcode = '';
  readonly names = new Map<string, number>();
}

/** A DNS server that answers SERVFAIL, REFUSED, FORMERR …: it cannot or does not want to resolve. */
export function dnsFailed(): Rule {
  const servers = new Keyed(() => new Failures());
  return {
    name: 'dns-failed',
    dns: {
      signs: FAILED_QUERY,
      see(row) {
        const seen = servers.get(`${row.rcodeName} ${endpoint(row.respHost, row.respPort)}`);
        if (!seen) return;
        seen.host = row.respHost;
        seen.port = row.respPort;
        seen.rcode = row.rcodeName;
        seen.add(row);
        const name = row.query ?? '(cut)';
        if (seen.names.size < 100 || seen.names.has(name))
          seen.names.set(name, (seen.names.get(name) ?? 0) + 1);
      },
    },
    conclude({ book }) {
      return top(servers.entries(), 10, seen => seen.count)
        .filter(([, seen]) => seen.count >= MIN_ANSWERS)
        .map(([about, seen]) => {
          const names = top(seen.names, 5, count => count);
          return {
            about,
            severity: seen.count >= HIGH ? 'high' : 'medium',
            title: `The DNS server ${book.endpoint(seen.host, seen.port)} answered ${seen.rcode} ${plural(seen.count, 'time')}, most for ${names[0]![0]}.`,
            ...seen.facts,
            evidence: {
              server: book.endpoint(seen.host, seen.port),
              rcode: seen.rcode,
              names: names.map(([name, count]) => ({ name, count })),
            },
          };
        });
    },
  };
}
