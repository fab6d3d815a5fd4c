import { icmpCounterpart } from '../../../../lib/index/engine/icmp.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMP6 } from '../../../../lib/pcap/protocols.ts';
import { Collector } from './collect.ts';

const IPV6 = 'd4c3b2a102000400000000000000000000000400e5000000';

/** An ICMPv6 message of eight bytes between fd00::1 and fd00::2. */
function message(type: number, isAnswer: boolean): string {
  const ends = ['fd000000000000000000000000000001', 'fd000000000000000000000000000002'];
  if (isAnswer) ends.reverse();
  const header = '0000000000000000'.concat('30000000', '30000000');
  return `${header}6000000000083aff${ends.join('')}${type.toString(16)}00000000000000`;
}

async function conns(...messages: string[]) {
  const tables = new Collector();
  const chunks = (async function* () {
    yield new Uint8Array(Buffer.from([IPV6, ...messages].join(''), 'hex'));
  })();
  await indexCapture(streamSource('file', chunks), tables);
  return tables.table('conn');
}

// Zeek's ICMP6_counterpart (src/packet_analysis/protocol/icmp/ICMP.cc).
it.each([
  ['echo', 128, 129],
  ['multicast listener', 130, 131],
  ['router', 133, 134],
  ['neighbour', 135, 136],
  ['node information', 139, 140],
  ['home agent address discovery', 144, 145],
])('is one flow: question and answer of %s', async (_name, question, answer) => {
  const rows = await conns(message(question, false), message(answer, true));
  expect(rows).toMatchObject([{ id_orig_p: question, id_resp_p: answer, orig_pkts: 1n, resp_pkts: 1n }]);
});

it('shows type and code of what has no answer, one flow for each type', async () => {
  const rows = await conns(message(143, false), message(0x10, false), message(143, true));
  const ports = rows.map(({ id_orig_p, id_resp_p }) => [id_orig_p, id_resp_p]);
  expect(ports.sort()).toEqual([
    [143, 0],
    [143, 0],
    [16, 0],
  ]);
});

it('keeps the two protocols apart', () => {
  expect(icmpCounterpart(PROTOCOL_ICMP, 8)).toBe(0);
  expect(icmpCounterpart(PROTOCOL_ICMP6, 8)).toBe(-1);
  expect(icmpCounterpart(PROTOCOL_ICMP, 131)).toBe(-1);
});
