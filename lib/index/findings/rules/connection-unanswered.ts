import type { Rule } from '../rule.ts';
import { ServerFaults } from '../server-faults.ts';
import { UNANSWERED } from '../signs.ts';
import { percent, plural } from '../tally.ts';

const MIN_CONNECTIONS = 2;
const MIN_SYNS = 2; // a single SYN may be the last packet of the capture
const HIGH = 10;

/** SYNs that nothing answers: a network policy, a security group, a dead node (Zeek's S0). */
export function connectionUnanswered(): Rule {
  const servers = new ServerFaults();
  return {
    name: 'connection-unanswered',
    conn: {
      signs: UNANSWERED,
      see(row) {
        if (row.orig.packets(row.row) >= MIN_SYNS) servers.add(row);
      },
    },
    conclude({ traffic }) {
      return servers.worst(10, MIN_CONNECTIONS, traffic).map(({ name, connections, faults, clients }) => ({
        about: name,
        severity: faults.count >= HIGH && 2 * faults.count > connections ? 'high' : 'medium',
        title: `${name} did not answer ${plural(faults.count, 'connection attempt')} (${percent(faults.count, connections)}), most from ${clients[0]!.client}: dropped on the way or no such host.`,
        ...faults.facts,
        evidence: { server: name, connections, clients },
      }));
    },
  };
}
