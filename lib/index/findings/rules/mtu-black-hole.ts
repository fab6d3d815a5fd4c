import type { ConnRow, Side } from '../rows.ts';
import type { Rule } from '../rule.ts';
import { ICMP, OFTEN, SENT_OFTEN } from '../signs.ts';
import { Keyed, plural, Sightings, top } from '../tally.ts';

const HEADERS = 40; // of IPv4 and TCP; the least that a packet has besides its payload
const LARGE = 1000; // bytes of what was sent again, on average
const MIN_FLOWS = 1;

class Path extends Sightings {
  told = 0; // "packet too big", seen
}

/**
 * Large packets that never arrive while small ones do: the handshake worked, then one side sends full segments again
 * and again and the other says nothing more. Seen from the flow: what was sent again is large, and it is most of it.
 */
export function mtuBlackHole(): Rule {
  const paths = new Keyed(() => new Path());
  return {
    name: 'mtu-black-hole',
    conn: {
      signs: ICMP | SENT_OFTEN,
      see(row) {
        const { row: i, orig, resp } = row;
        if (tooBig(row)) {
          const path = paths.get(`${row.respHost} to ${row.origHost}`);
          if (path) path.told++;
          path?.add(row);
        }
        if (row.proto !== 'tcp' || orig.packets(i) === 0 || resp.packets(i) === 0) return;
        if (stuck(orig, resp, i)) paths.get(`${row.client} to ${row.serverName}`)?.add(row);
        if (stuck(resp, orig, i)) paths.get(`${row.serverName} to ${row.client}`)?.add(row);
      },
    },
    conclude() {
      return top(paths.entries(), 10, path => path.count)
        .filter(([, path]) => path.count >= MIN_FLOWS)
        .map(([name, path]) => ({
          about: name,
          severity: path.told === path.count ? 'low' : 'high',
          title:
            path.told === path.count
              ? `Packets from ${name} are too big for the path, and a router says so (${plural(path.count, 'flow')} of ICMP "too big").`
              : `Full-sized packets from ${name} do not arrive, small ones do (${plural(path.count, 'connection')}): an MTU black hole.`,
          ...path.facts,
          evidence: { path: name, flows: path.count, tooBigMessages: path.told },
        }));
    },
  };
}

/** ICMP type 3 code 4, ICMPv6 type 2: type and code stand in the ports (Zeek). */
function tooBig(row: ConnRow): boolean {
  if (row.proto === 'icmp') return row.origPort === 3 && row.respPort === 4;
  return row.proto === 'icmp6' && row.origPort === 2;
}

function stuck(sender: Side, receiver: Side, row: number): boolean {
  const again = sender.retransmissions(row);
  const sent = sender.packets(row);
  // A third of all packets: the handshake and what went well before are the rest.
  if (again < OFTEN || 3 * again < sent || receiver.bytes(row) > sender.bytes(row)) return false;
  const repeated = sender.ipBytes(row) - HEADERS * sent - sender.bytes(row);
  return repeated / again >= LARGE;
}
