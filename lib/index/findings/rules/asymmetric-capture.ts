import type { Rule } from '../rule.ts';
import { ONE_WAY } from '../signs.ts';
import { percent, plural, Sightings } from '../tally.ts';

const ACK = 0x10;
const MIN_PACKETS = 3; // of a flow; fewer may be the tail of a connection
const MIN_FLOWS = 10;
const MIN_SHARE = 0.2; // of the TCP flows

/** TCP flows that go on without the other side: the capture sees one direction only. */
export function asymmetricCapture(): Rule {
  const oneWay = new Sightings();
  return {
    name: 'asymmetric-capture',
    conn: {
      signs: ONE_WAY,
      see(row) {
        const { row: i, orig, resp } = row;
        const sender = orig.packets(i) === 0 ? resp : orig;
        if (sender.packets(i) >= MIN_PACKETS && (sender.tcpFlags(i) & ACK) !== 0) oneWay.add(row);
      },
    },
    conclude({ traffic }) {
      const tcp = traffic.connections;
      if (oneWay.count < MIN_FLOWS || oneWay.count < MIN_SHARE * tcp) return [];
      return [
        {
          about: '',
          severity: 'medium',
          title: `Only one direction was captured of ${plural(oneWay.count, 'TCP connection')} (${percent(oneWay.count, tcp)}): answers take another way than this interface.`,
          ...oneWay.facts,
          evidence: { tcpFlows: tcp, oneWay: oneWay.count },
        },
      ];
    },
  };
}
