import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { fileSource } from '../../../../lib/index/engine/source.ts';
import { shared } from '../../../shared.ts';
import { Collector } from './collect.ts';

/** What the generator knows of the capture that it made. */
interface Truth {
  packets: number;
  flows_started: number;
  tcp: number;
  udp: number;
  retx: number;
  rst: number;
  dns_answers: number;
  nxdomain: number;
}

const folder = mkdtempSync(join(tmpdir(), 'any-interface-'));
const capture = join(folder, 'any.pcap');
let truth: Truth;

beforeAll(() => {
  execFileSync('gcc', ['-O1', '-w', '-o', join(folder, 'gen'), shared('bench/gen.c'), '-lm']);
  // As `tcpdump -i any -s 96` sees 2,000 flows on a node: each packet on a veth and on eth0.
  const made = execFileSync(join(folder, 'gen'), [
    'sll2',
    capture,
    '1000000000',
    '2000',
    '96',
    '11',
    '4.9',
    '30',
  ]);
  truth = JSON.parse(made.toString());
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

it('counts every packet of `tcpdump -i any` once', async () => {
  const tables = new Collector();
  const { summary } = await indexCapture(fileSource(capture), tables, { analysers: startAnalysers });
  expect(truth.packets).toBeGreaterThan(50_000);
  expect(summary.packets).toBe(truth.packets);
  expect(summary.duplicates).toBe(truth.packets / 2);
  expect(summary.flows).toBe(truth.flows_started);

  const conns = tables.table('conn');
  const total = (column: string) => conns.reduce((sum, row) => sum + Number(row[column]), 0);
  expect(total('orig_pkts') + total('resp_pkts')).toBe(truth.tcp + truth.udp);
  expect(total('dup_packets')).toBe(truth.packets / 2);
  expect(total('resets')).toBe(truth.rst);
  // The generator counts a SYN as sent again when it decides to; a third of these clients then give up instead.
  const givenUp = conns.filter(row => row.history === 'S').length;
  expect(givenUp).toBeGreaterThan(0);
  expect(summary.retransmissions + givenUp).toBe(truth.retx);

  const dns = tables.table('dns');
  expect(dns.filter(row => row.rcode !== null).length).toBe(truth.dns_answers);
  expect(dns.filter(row => row.rcode_name === 'NXDOMAIN').length).toBe(truth.nxdomain);
});

it('says on which interfaces a flow was seen, and that its payload was cut', async () => {
  const tables = new Collector();
  await indexCapture(fileSource(capture), tables);
  for (const row of tables.table('conn')) {
    expect(row.interfaces).toMatch(/^(2,\d+|\d+,2)$/);
    if (row.proto === 'tcp' && Number(row.resp_bytes) > 1000) expect(row.truncated).toBe(1);
  }
});
