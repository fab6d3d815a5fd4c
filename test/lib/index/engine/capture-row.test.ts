import { type CaptureFacts, captureRow } from '../../../../lib/index/engine/capture-row.ts';
import { PacketTally } from '../../../../lib/index/engine/packet-tally.ts';
import { Clock } from '../../../../lib/pcap/record.ts';
import { Collector } from './collect.ts';

const clock = new Clock();
clock.start(1_700_000_000);

function rowOf(facts: Partial<CaptureFacts>) {
  const collector = new Collector();
  const tally = Object.assign(new PacketTally(), { packets: 3, bytes: 200, earliest: 5000, latest: 2e9 });
  collector.write(
    captureRow({
      name: 'a.pcap',
      tool: 'tcpdump',
      linkTypes: ['ETHERNET'],
      interfaces: ['eth0', 'lo'],
      snaplen: 96,
      tally,
      clock,
      duplicates: 1,
      flows: 2,
      drops: 7,
      partial: null,
      ...facts,
    }),
  );
  return collector.table('capture')[0]!;
}

it('tells what there is in a capture', () => {
  expect(rowOf({})).toEqual({
    object_key: 'a.pcap',
    tool: 'tcpdump',
    link_types: ['ETHERNET'],
    interfaces: ['eth0', 'lo'],
    snaplen: 96,
    first_ts: 1_700_000_000_000_005_000n,
    last_ts: 1_700_000_002_000_000_000n,
    packets: 3n,
    bytes: 200n,
    duplicates: 1n,
    flows: 2n,
    drops: 7n,
    partial: null,
  });
});

it('leaves out what is not known', () => {
  const nothing = {
    tool: null,
    snaplen: null,
    drops: null,
    tally: new PacketTally(),
    partial: 'it breaks off',
  };
  expect(rowOf(nothing)).toMatchObject({
    tool: null,
    snaplen: null,
    drops: null,
    first_ts: null,
    last_ts: null,
    packets: 0n,
    partial: 'it breaks off',
  });
});
