import type { Rule } from '../rule.ts';
import { percent, plural, Sightings } from '../tally.ts';

const ACK = 0x10;
const MIN_PACKETS = 3; // of a flow; fewer may be the tail of a connection
const MIN_FLOWS = 10;
const MIN_SHARE = 0.2; // of the TCP flows

/** TCP flows that go on without the other side: the capture sees one direction only. */
export function asymmetricCapture(): Rule {
  const oneWay = new Sightings();
  let tcp = 0;
  return {
    name: 'asymmetric-capture',
    conn(row) {
      if (row.proto !== 'tcp') return;
      tcp++;
      const { row: i, orig, resp } = row;
      const silent = orig.packets(i) === 0 ? resp : resp.packets(i) === 0 ? orig : undefined;
      if (!silent || silent.packets(i) < MIN_PACKETS || (silent.tcpFlags(i) & ACK) === 0) return;
      oneWay.add(row.ts, row.uid);
    },
    conclude() {
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
