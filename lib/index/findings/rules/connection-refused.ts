import type { Rule } from '../rule.ts';
import { ServerFaults } from '../server-faults.ts';
import { percent, plural } from '../tally.ts';

const MIN_CONNECTIONS = 2;
const HIGH = 10;

/** SYN answered with RST: nothing listens there (Zeek's REJ). */
export function connectionRefused(): Rule {
  const servers = new ServerFaults();
  return {
    name: 'connection-refused',
    conn(row, path) {
      if (!path) return;
      if (row.state === 'REJ') servers.add(row, path);
    },
    conclude() {
      return servers
        .worst(10)
        .filter(({ faults }) => faults.count >= MIN_CONNECTIONS)
        .map(({ server, faults }) => ({
          about: server.name,
          severity: faults.count >= HIGH && 2 * faults.count > server.connections ? 'high' : 'medium',
          title: `${server.name} refused ${plural(faults.count, 'connection')} (${percent(faults.count, server.connections)}), most from ${faults.clients[0]!.client}: nothing listens there.`,
          ...faults.facts,
          evidence: { server: server.name, connections: server.connections, clients: faults.clients },
        }));
    },
  };
}
