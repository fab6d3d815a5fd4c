import type { Rule } from '../rule.ts';
import { ServerFaults } from '../server-faults.ts';
import { RESET } from '../signs.ts';
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
    conn: {
      signs: RESET,
      see(row) {
        const asked = row.orig.bytes(row.row) > 0;
        const answered = row.resp.bytes(row.row) > 0;
        const cut = row.state === 'RSTR' && (asked || answered);
        const gaveUp = row.state === 'RSTO' && asked && !answered;
        if (cut || gaveUp) servers.add(row);
      },
    },
    conclude({ traffic }) {
      return servers
        .worst(10, MIN_CONNECTIONS, traffic)
        .filter(({ connections, faults }) => faults.count >= MIN_SHARE * connections)
        .map(({ name, connections, faults, clients }) => ({
          about: name,
          severity: faults.count >= HIGH * connections ? 'high' : 'medium',
          title: `${plural(faults.count, 'connection')} to ${name} (${percent(faults.count, connections)}) ended in a reset in the middle, most from ${clients[0]!.client}.`,
          ...faults.facts,
          evidence: { server: name, connections, clients },
        }));
    },
  };
}
