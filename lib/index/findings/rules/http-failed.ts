import { ByAuthority } from '../responses.ts';
import type { Rule } from '../rule.ts';
import { percent, plural } from '../tally.ts';

const MIN_RESPONSES = 2;
const MIN_SHARE = 0.01; // of the requests to this server
const HIGH = 0.1;

/** HTTP responses 500 to 599: the server says that it failed. */
export function httpFailed(): Rule {
  const servers = new ByAuthority();
  return {
    name: 'http-failed',
    http(row) {
      const server = servers.get(row);
      const { status } = row;
      if (status === null || status < 500 || status > 599) return;
      server?.fault(row, `${status} ${row.method ?? ''} ${row.uri?.split('?')[0] ?? ''}`);
    },
    conclude({ book }) {
      return servers
        .worst(10)
        .filter(([, server]) => server.count >= MIN_RESPONSES && server.count >= MIN_SHARE * server.all)
        .map(([about, server]) => {
          const name = book.endpoint(server.host, server.port);
          return {
            about,
            severity: server.count >= HIGH * server.all ? 'high' : 'medium',
            title: `${name} answered ${plural(server.count, 'HTTP request')} (${percent(server.count, server.all)}) with 5xx, most with ${server.worst[0]!.what}.`,
            ...server.facts,
            evidence: { server: name, host: server.authority, requests: server.all, worst: server.worst },
          };
        });
    },
  };
}
