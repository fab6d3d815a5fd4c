import type { Rule } from '../rule.ts';
import { Keyed, plural, Sightings, top } from '../tally.ts';

const MIN_TIMES = 3;
const HIGH = 100;

class Receiver extends Sightings {
  flows = 0;
}

/** A receiver that closes its window: its program does not read as fast as the data comes. */
export function zeroWindow(): Rule {
  const receivers = new Keyed(() => new Receiver());
  const add = (name: string, times: number, ts: bigint, uid: string) => {
    const receiver = times > 0 ? receivers.get(name) : undefined;
    if (!receiver) return;
    receiver.flows++;
    receiver.add(ts, uid, times);
  };
  return {
    name: 'zero-window',
    conn(row) {
      if (row.proto !== 'tcp') return;
      add(row.client, row.orig.zeroWindows(row.row), row.ts, row.uid);
      if (row.resp.zeroWindows(row.row) > 0) add(row.server, row.resp.zeroWindows(row.row), row.ts, row.uid);
    },
    conclude() {
      return top(receivers.entries(), 10, receiver => receiver.count)
        .filter(([, receiver]) => receiver.count >= MIN_TIMES)
        .map(([name, receiver]) => ({
          about: name,
          severity: receiver.count >= HIGH ? 'high' : 'medium',
          title: `${name} closed its receive window ${plural(receiver.count, 'time')} in ${plural(receiver.flows, 'connection')}: its program reads too slowly.`,
          ...receiver.facts,
          evidence: { receiver: name, connections: receiver.flows, zeroWindows: receiver.count },
        }));
    },
  };
}
