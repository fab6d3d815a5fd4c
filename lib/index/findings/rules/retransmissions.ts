import type { ConnRow } from '../rows.ts';
import type { Rule } from '../rule.ts';
import { SENT_AGAIN } from '../signs.ts';
import { percent, plural, Sightings } from '../tally.ts';
import type { Traffic } from '../traffic/traffic.ts';

const MIN_PACKETS = 10; // sent again
const MIN_SHARE = 0.02; // of the packets sent
const HIGH = 0.1;
const MAX_FINDINGS = 10;

interface HotSpot {
  path: number;
  toServer: boolean;
  packets: number; // sent that way
  again: Sightings;
}

/** From where to where packets are lost: what was sent again, by sender and receiver. */
export function retransmissions(): Rule {
  const toServer = new Map<number, Sightings>(); // by path
  const toClient = new Map<number, Sightings>();
  return {
    name: 'retransmissions',
    conn: {
      signs: SENT_AGAIN,
      see(row) {
        // SYNs that are never answered are another finding.
        if (row.path < 0 || row.state === 'S0') return;
        count(toServer, row, row.orig.retransmissions(row.row));
        count(toClient, row, row.resp.retransmissions(row.row));
      },
    },
    conclude({ traffic }) {
      const spots = [
        ...hotSpots(toServer, path => traffic.packetsToServer(path), true),
        ...hotSpots(toClient, path => traffic.packetsToClient(path), false),
      ];
      return spots
        .map(spot => ({ ...spot, name: nameOf(spot, traffic) }))
        .sort((a, b) => b.again.count - a.again.count || (a.name < b.name ? -1 : 1))
        .slice(0, MAX_FINDINGS)
        .map(({ name, packets, again }) => ({
          about: name,
          severity: again.count >= HIGH * packets ? 'high' : 'medium',
          title: `${percent(again.count, packets)} of the packets from ${name} were sent again (${plural(again.count, 'retransmission')}): loss or a full queue on that path.`,
          ...again.facts,
          evidence: { path: name, packets, retransmissions: again.count },
        }));
    },
  };
}

/** `packetsOf`: how many were sent on a path. */
function hotSpots(
  paths: ReadonlyMap<number, Sightings>,
  packetsOf: (path: number) => number,
  toServer: boolean,
): HotSpot[] {
  return [...paths]
    .filter(([, again]) => again.count >= MIN_PACKETS)
    .map(([path, again]) => ({ path, toServer, packets: packetsOf(path), again }))
    .filter(({ again, packets }) => again.count >= MIN_SHARE * packets);
}

/** "client to server", or the other way. */
function nameOf({ path, toServer }: HotSpot, traffic: Traffic): string {
  const server = traffic.serverName(traffic.serverOf(path));
  const client = traffic.clientName(path);
  return toServer ? `${client} to ${server}` : `${server} to ${client}`;
}

function count(paths: Map<number, Sightings>, row: ConnRow, times: number): void {
  if (times === 0) return;
  let seen = paths.get(row.path);
  if (!seen) {
    seen = new Sightings();
    paths.set(row.path, seen);
  }
  seen.add(row, times);
}
