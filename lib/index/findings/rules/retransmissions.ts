import type { Rule } from '../rule.ts';
import { percent, plural, Sightings } from '../tally.ts';
import type { Path } from '../traffic.ts';

const MIN_PACKETS = 10; // sent again
const MIN_SHARE = 0.02; // of the packets sent
const HIGH = 0.1;
const MAX_FINDINGS = 10;

interface HotSpot {
  name: string; // "a to b"
  packets: number;
  again: Sightings;
}

/** From where to where packets are lost: what was sent again, by sender and receiver. */
export function retransmissions(): Rule {
  const toServer = new Map<Path, Sightings>();
  const toClient = new Map<Path, Sightings>();
  return {
    name: 'retransmissions',
    conn(row, path) {
      // SYNs that are never answered are another finding.
      if (!path || row.state === 'S0') return;
      count(toServer, path, row.orig.retransmissions(row.row), row.ts, row.uid);
      count(toClient, path, row.resp.retransmissions(row.row), row.ts, row.uid);
    },
    conclude() {
      const spots: HotSpot[] = [
        ...[...toServer].map(([path, again]) => ({
          name: `${path.client} to ${path.server.name}`,
          packets: path.toServer,
          again,
        })),
        ...[...toClient].map(([path, again]) => ({
          name: `${path.server.name} to ${path.client}`,
          packets: path.toClient,
          again,
        })),
      ];
      return spots
        .filter(({ again, packets }) => again.count >= MIN_PACKETS && again.count >= MIN_SHARE * packets)
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

function count(paths: Map<Path, Sightings>, path: Path, times: number, ts: bigint, uid: string): void {
  if (times === 0) return;
  let seen = paths.get(path);
  if (!seen) {
    seen = new Sightings();
    paths.set(path, seen);
  }
  seen.add(ts, uid, times);
}
