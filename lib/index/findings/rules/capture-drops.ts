import type { Severity } from '../finding.ts';
import type { Rule } from '../rule.ts';
import { percent, plural } from '../tally.ts';

/** Share of packets that the capturing tool says it lost. */
const LOW = 0.0001;
const MEDIUM = 0.01;
const HIGH = 0.1;

/** The capture itself lost packets: every other number is a lower bound. */
export function captureDrops(): Rule {
  return {
    name: 'capture-drops',
    conclude({ capture }) {
      const drops = capture.drops ?? 0;
      const all = drops + Math.max(0, capture.packets);
      if (drops === 0 || drops / all < LOW) return [];
      const severity: Severity = drops / all >= HIGH ? 'high' : drops / all >= MEDIUM ? 'medium' : 'low';
      return [
        {
          about: '',
          severity,
          title: `The capture lost ${plural(drops, 'packet')} (${percent(drops, all)}): what it does not show may have happened.`,
          firstTs: null,
          lastTs: null,
          count: drops,
          uids: [],
          evidence: { drops, packets: capture.packets },
        },
      ];
    },
  };
}
