import type { Rule } from '../rule.ts';
import { ServerFaults } from '../server-faults.ts';
import { percent, plural } from '../tally.ts';

const MIN_CONNECTIONS = 3;
const MIN_SHARE = 0.05; // of the connections to this server
const HIGH = 0.5;

/**
 * Connections that the server cut with RST after data went over them (Zeek's RSTR). A client that closes with RST is
 * usual (browsers, health checks), so RSTO counts only when the server had sent nothing.
 */
export function connectionReset(): Rule {
  const servers = new ServerFaults();
  return {
    name: 'connection-reset',
    conn(row, path) {
      if (!path) return;
      const asked = row.orig.bytes(row.row) > 0;
      const answered = row.resp.bytes(row.row) > 0;
      const cut = row.state === 'RSTR' && (asked || answered);
      const gaveUp = row.state === 'RSTO' && asked && !answered;
      if (cut || gaveUp) servers.add(row, path);
    },
    conclude() {
      return servers
        .worst(10)
        .filter(
          ({ server, faults }) =>
            faults.count >= MIN_CONNECTIONS && faults.count >= MIN_SHARE * server.connections,
        )
        .map(({ server, faults }) => ({
          about: server.name,
          severity: faults.count >= HIGH * server.connections ? 'high' : 'medium',
          title: `${plural(faults.count, 'connection')} to ${server.name} (${percent(faults.count, server.connections)}) ended in a reset in the middle, most from ${faults.clients[0]!.client}.`,
          ...faults.facts,
          evidence: { server: server.name, connections: server.connections, clients: faults.clients },
        }));
    },
  };
}
