import type { Rule } from '../rule.ts';
import { FAILED_CALL } from '../signs.ts';
import { percent, plural } from '../tally.ts';

const MIN_CALLS = 2;
const MIN_SHARE = 0.01; // of the calls to this server
const HIGH = 0.1;

/** Statuses that say that the server or the way to it failed, not the request (gRPC, "Status codes"). */
export const FAULTS: Readonly<Record<number, string>> = {
  2: 'UNKNOWN',
  4: 'DEADLINE_EXCEEDED',
  8: 'RESOURCE_EXHAUSTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
  15: 'DATA_LOSS',
};

/** gRPC calls that ended in a server's failure, which HTTP calls a 200. */
export function grpcFailed(): Rule {
  return {
    name: 'grpc-failed',
    http: {
      signs: FAILED_CALL,
      see(row) {
        row.calls?.fault(row, `${FAULTS[row.grpcStatus!]} ${row.uri ?? ''}`);
      },
    },
    conclude({ book, requests }) {
      return requests.calls
        .worst(10)
        .filter(([, server]) => server.count >= MIN_CALLS && server.count >= MIN_SHARE * server.all)
        .map(([about, server]) => {
          const name = book.endpoint(server.host, server.port);
          return {
            about,
            severity: server.count >= HIGH * server.all ? 'high' : 'medium',
            title: `${plural(server.count, 'gRPC call')} to ${name} (${percent(server.count, server.all)}) failed, most with ${server.worst[0]!.what}.`,
            ...server.facts,
            evidence: { server: name, authority: server.authority, calls: server.all, worst: server.worst },
          };
        });
    },
  };
}
