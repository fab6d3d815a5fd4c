import type { Rule } from '../rule.ts';
import { SERVER_ERROR } from '../signs.ts';
import { percent, plural } from '../tally.ts';

const MIN_RESPONSES = 2;
const MIN_SHARE = 0.01; // of the requests to this server
const HIGH = 0.1;

/** HTTP responses 500 to 599: the server says that it failed. */
export function httpFailed(): Rule {
  return {
    name: 'http-failed',
    http: {
      signs: SERVER_ERROR,
      see(row) {
        row.responses?.fault(row, `${row.status} ${row.method ?? ''} ${row.uri?.split('?')[0] ?? ''}`);
      },
    },
    conclude({ book, requests }) {
      return requests.all
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
