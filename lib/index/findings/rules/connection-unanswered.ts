import type { Rule } from '../rule.ts';
import { ServerFaults } from '../server-faults.ts';
import { percent, plural } from '../tally.ts';

const MIN_CONNECTIONS = 2;
const MIN_SYNS = 2; // a single SYN may be the last packet of the capture
const HIGH = 10;

/** SYNs that nothing answers: a network policy, a security group, a dead node (Zeek's S0). */
export function connectionUnanswered(): Rule {
  const servers = new ServerFaults();
  return {
    name: 'connection-unanswered',
    conn(row, path) {
      if (!path) return;
      if (row.state === 'S0' && row.orig.packets(row.row) >= MIN_SYNS) servers.add(row, path);
    },
    conclude() {
      return servers
        .worst(10)
        .filter(({ faults }) => faults.count >= MIN_CONNECTIONS)
        .map(({ server, faults }) => ({
          about: server.name,
          severity: faults.count >= HIGH && 2 * faults.count > server.connections ? 'high' : 'medium',
          title: `${server.name} did not answer ${plural(faults.count, 'connection attempt')} (${percent(faults.count, server.connections)}), most from ${faults.clients[0]!.client}: dropped on the way or no such host.`,
          ...faults.facts,
          evidence: { server: server.name, connections: server.connections, clients: faults.clients },
        }));
    },
  };
}
