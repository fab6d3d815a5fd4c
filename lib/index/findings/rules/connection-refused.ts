import type { Rule } from '../rule.ts';
import { ServerFaults } from '../server-faults.ts';
import { REFUSED } from '../signs.ts';
import { percent, plural } from '../tally.ts';

const MIN_CONNECTIONS = 2;
const HIGH = 10;

/** SYN answered with RST: nothing listens there (Zeek's REJ). */
export function connectionRefused(): Rule {
  const servers = new ServerFaults();
  return {
    name: 'connection-refused',
    conn: { signs: REFUSED, see: row => servers.add(row) },
    conclude({ traffic }) {
      return servers.worst(10, MIN_CONNECTIONS, traffic).map(({ name, connections, faults, clients }) => ({
        about: name,
        severity: faults.count >= HIGH && 2 * faults.count > connections ? 'high' : 'medium',
        title: `${name} refused ${plural(faults.count, 'connection')} (${percent(faults.count, connections)}), most from ${clients[0]!.client}: nothing listens there.`,
        ...faults.facts,
        evidence: { server: name, connections, clients },
      }));
    },
  };
}
