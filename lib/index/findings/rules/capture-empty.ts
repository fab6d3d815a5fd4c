import type { Rule } from '../rule.ts';

/** A capture without a single packet. */
export function captureEmpty(): Rule {
  return {
    name: 'capture-empty',
    conclude({ capture }) {
      if (capture.packets !== 0) return [];
      return [
        {
          about: '',
          severity: 'medium',
          title: 'The capture holds no packet: its filter, interface or time met no traffic.',
          firstTs: null,
          lastTs: null,
          count: 0,
          uids: [],
          evidence: { packets: 0 },
        },
      ];
    },
  };
}
