import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { shared } from '../../../shared.ts';
import { tablesOf } from './captures.ts';
import type { Row } from './harness.ts';

/** The foreign captures with tshark 4.0.17's reading of each packet; they lie beside the project. */
const captures = shared('data/captures');
const files: { file: string }[] = existsSync(captures)
  ? JSON.parse(readFileSync(`${captures}/manifest.json`, 'utf8'))
  : [];

type Packet = Record<string, string>;

function packetsOf(file: string): Packet[] {
  const [head, ...lines] = gunzipSync(readFileSync(`${captures}/${file}.tshark.tsv.gz`))
    .toString()
    .split('\n');
  const names = head!.split('\t');
  return lines
    .filter(Boolean)
    .map(line => Object.fromEntries(line.split('\t').map((cell, i) => [names[i]!, cell])));
}

/** How often each value occurs. */
function count(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Values that occur more often on one side, with how much more: "ours +1 name". */
function differences(ours: string[], theirs: string[]): string[] {
  const a = count(ours);
  const b = count(theirs);
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return names.flatMap(name => {
    const more = (a.get(name) ?? 0) - (b.get(name) ?? 0);
    return more === 0 ? [] : [`${more > 0 ? 'ours' : 'tshark'} +${Math.abs(more)} ${name}`];
  });
}

const isDns = (packet: Packet) => /:(dns|mdns|llmnr)/.test(packet['frame.protocols']!);
const isTcp = (packet: Packet) => packet['tcp.stream'] !== '';

/**
 * tshark counts messages, we count transactions: what can be compared are the names that were asked for and the
 * answers' codes. One entry for each difference, with its reason.
 */
const EXPECTED: Record<string, { answers?: string[]; sni?: string[]; hosts?: string[] }> = {
  // The first payload of a connection that began before the capture is a keep-alive probe of one byte: nothing is
  // recognised in it, and the request behind it is not read; its answer is.
  '03_many-protocols.pcap': { hosts: ['tshark +1 ping.chartbeat.net'] },
};

describe.each(files)('$file', ({ file }) => {
  let tables: (table: 'dns' | 'ssl' | 'http') => Row[];
  let packets: Packet[];
  const expected = EXPECTED[file] ?? {};

  beforeAll(async () => {
    packets = packetsOf(file);
    const read = await tablesOf(`${captures}/${file}`).catch(() => () => []);
    tables = table => read(table);
  });

  test('DNS answers, by code', () => {
    const theirs = packets.filter(packet => isDns(packet) && packet['dns.flags.rcode'] !== '');
    const ours = tables('dns').filter(row => row.rcode !== null);
    expect(
      differences(
        ours.map(row => String(row.rcode)),
        theirs.map(packet => packet['dns.flags.rcode']!),
      ),
    ).toEqual(expected.answers ?? []);
  });

  test('every name asked for is in a row, and no other', () => {
    const theirs = packets
      .filter(packet => isDns(packet) && packet['dns.flags.response'] === 'False')
      .map(packet => packet['dns.qry.name']!.split(',')[0]!.toLowerCase());
    const answered = packets.filter(packet => isDns(packet) && packet['dns.qry.name'] !== '');
    const names = new Set(answered.map(packet => packet['dns.qry.name']!.split(',')[0]!.toLowerCase()));
    const ours = new Set(tables('dns').map(row => row.query as string));
    // Datagrams in fragments are not whole when only the first fragment is read.
    if (tables('dns').some(row => row.truncated === 1)) {
      expect(file).toBe('23_frags.pcap');
      return;
    }
    for (const name of theirs) expect(ours).toContain(name);
    for (const row of tables('dns')) if (row.qtype !== null) expect(names).toContain(row.query);
  });

  test('server names', () => {
    const theirs = packets.flatMap(packet =>
      packet['tls.handshake.extensions_server_name']!.split(',').filter(Boolean),
    );
    const ours = tables('ssl').flatMap(row => (row.server_name === null ? [] : [row.server_name as string]));
    expect(differences(ours, theirs)).toEqual(expected.sni ?? []);
  });

  test('hosts of HTTP requests over TCP', () => {
    const theirs = packets.filter(isTcp).flatMap(packet => packet['http.host']!.split(',').filter(Boolean));
    const ours = tables('http').flatMap(row => (row.host === null ? [] : [row.host as string]));
    expect(differences(ours, theirs)).toEqual(expected.hosts ?? []);
  });
});
