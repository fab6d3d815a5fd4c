import type { ConnRow } from '../rows.ts';
import type { Rule } from '../rule.ts';
import { WINDOW_CLOSED } from '../signs.ts';
import { Keyed, plural, Sightings, top } from '../tally.ts';

const MIN_TIMES = 3;
const HIGH = 100;

class Receiver extends Sightings {
  flows = 0;
}

/** A receiver that closes its window: its program does not read as fast as the data comes. */
export function zeroWindow(): Rule {
  const receivers = new Keyed(() => new Receiver());
  const add = (row: ConnRow, name: string, times: number) => {
    const receiver = receivers.get(name);
    if (!receiver) return;
    receiver.flows++;
    receiver.add(row, times);
  };
  return {
    name: 'zero-window',
    conn: {
      signs: WINDOW_CLOSED,
      see(row) {
        const orig = row.orig.zeroWindows(row.row);
        const resp = row.resp.zeroWindows(row.row);
        if (orig > 0) add(row, row.client, orig);
        if (resp > 0) add(row, row.serverName, resp);
      },
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
