import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { fileSource } from '../../../../lib/index/engine/source.ts';
import type { CaptureSummary } from '../../../../lib/index/summary.ts';
import { shared } from '../../../shared.ts';
import { Collector, type Row } from './collect.ts';

interface Known {
  file: string;
  tshark_packets: number;
  tcp_streams: number;
  udp_streams: number;
  retx: number;
}

const captures = (file: string) => shared('data/captures', file);
const manifest: Known[] = JSON.parse(readFileSync(captures('manifest.json'), 'utf8'));

/** Where our count is not tshark's: ours minus tshark's, and why ours is right or tshark cannot be followed. */
const DIFFERENCES: Record<string, { tcp?: number; udp?: number; retransmissions?: number; why: string }> = {
  '03_many-protocols.pcap': {
    retransmissions: 3,
    why:
      'four SYN-ACKs were sent twice, which tshark takes for out of order (+4); ' +
      'one segment arrives after the FIN behind it and for the first time, which tshark takes for sent again (-1)',
  },
  '11_test100.pcapng': {
    udp: 1,
    why: 'two simple packet blocks of one flow have no time: the second takes that of the packet between them',
  },
  '34_vxlan.pcap': {
    udp: -2,
    why: 'tshark counts the two outer VXLAN streams; here the inner flow is the flow',
  },
  '44_ipv6-http-atomic-frag.pcap': {
    retransmissions: -1,
    why: 'a request lies in the file after the answer to it; its time is before, and it was sent once',
  },
};

async function index(file: string): Promise<{ summary: CaptureSummary; tables: Collector }> {
  const tables = new Collector();
  const { summary } = await indexCapture(fileSource(captures(file)), tables);
  return { summary, tables };
}

/** One object per packet as tshark reads it. */
function tshark(file: string): Record<string, string>[] {
  const [header, ...lines] = gunzipSync(readFileSync(captures(`${file}.tshark.tsv.gz`)))
    .toString()
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t'));
  return lines.map(fields => Object.fromEntries(header!.map((name, at) => [name, fields[at] ?? ''])));
}

const counts = (rows: Row[], proto: string) => rows.filter(row => row.proto === proto).length;

describe.each(manifest)('$file', known => {
  it('has the packets, flows and retransmissions that tshark sees', async () => {
    const { summary, tables } = await index(known.file);
    const expected = DIFFERENCES[known.file];
    expect(summary.packets).toBe(known.tshark_packets);
    expect(counts(tables.table('conn'), 'tcp')).toBe(known.tcp_streams + (expected?.tcp ?? 0));
    expect(counts(tables.table('conn'), 'udp')).toBe(known.udp_streams + (expected?.udp ?? 0));
    expect(summary.retransmissions).toBe(known.retx + (expected?.retransmissions ?? 0));
    expect(summary.duplicates).toBe(0);
    expect(summary.flows).toBe(tables.table('conn').length);
  });

  it('places each packet of a flow where it lies in the file, with its lengths and its time', async () => {
    const { tables } = await index(known.file);
    const isClassic = known.file.endsWith('.pcap');
    let offset = 24;
    const byPlace = new Map<string, Record<string, string>>();
    for (const packet of tshark(known.file)) {
      const moment = `${packet['frame.time_epoch']} ${packet['frame.len']}`;
      byPlace.set(isClassic ? String(offset) : moment, packet);
      offset += 16 + Number(packet['frame.cap_len']);
    }
    for (const row of tables.table('packets')) {
      const moment = `${String(row.ts).replace(/(\d{9})$/, '.$1')} ${row.origlen}`;
      const place = isClassic ? String(row.offset) : moment;
      const packet = byPlace.get(place);
      if (!isClassic && packet === undefined) continue; // a simple packet block: tshark shows no time
      expect(packet).toBeDefined();
      expect(String(row.origlen)).toBe(packet!['frame.len']);
      expect(String(row.caplen)).toBe(packet!['frame.cap_len']);
      const nanoseconds = BigInt(packet!['frame.time_epoch']!.replace('.', ''));
      expect(row.ts).toBe(nanoseconds);
    }
  });

  it('sorts packets by flow, then by offset, and counts them the same in conn', async () => {
    const { tables } = await index(known.file);
    const rows = tables.table('packets');
    for (let at = 1; at < rows.length; at++) {
      const [before, row] = [rows[at - 1]!, rows[at]!];
      const isInOrder = before.flow === row.flow ? before.offset! < row.offset! : before.flow! < row.flow!;
      expect(isInOrder).toBe(true);
    }
    for (const conn of tables.table('conn')) {
      const own = rows.filter(row => row.flow === conn.flow);
      expect(BigInt(own.length)).toBe(conn.packet_rows);
      expect(Number(conn.orig_pkts) + Number(conn.resp_pkts) + Number(conn.dup_packets)).toBe(own.length);
      expect(conn.first_offset).toBe(own[0]!.offset);
      expect(conn.last_offset).toBe(own.at(-1)!.offset);
    }
  });
});

it('says where a damaged file breaks off', async () => {
  const { summary } = await index('58_10.7.29.101_49898-178.63.41.150_25.pcap');
  expect(summary.partial).toMatch(/^bad_caplen: .*3925868813/);
});

it('has the initial round trip time that tshark measures', async () => {
  const { tables } = await index('02_example.pcap');
  const known = new Map<string, string>();
  for (const packet of tshark('02_example.pcap')) {
    const key = [
      `${packet['ip.src']}:${packet['tcp.srcport']}`,
      `${packet['ip.dst']}:${packet['tcp.dstport']}`,
    ];
    const rtt = packet['tcp.analysis.initial_rtt'];
    if (rtt !== undefined && rtt !== '') known.set(key.sort().join(' '), rtt);
  }
  let compared = 0;
  for (const conn of tables.table('conn')) {
    if (conn.syn_rtt_client === null || conn.syn_rtt_server === null) continue;
    const key = [`${conn.id_orig_h}:${conn.id_orig_p}`, `${conn.id_resp_h}:${conn.id_resp_p}`];
    const rtt = known.get(key.sort().join(' '));
    expect(Number(conn.syn_rtt_client) + Number(conn.syn_rtt_server)).toBeCloseTo(Number(rtt), 9);
    compared++;
  }
  expect(compared).toBe(65); // of 66: one handshake is not whole
});
