import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shared } from '../shared.ts';
import { capturectl, jsonLines } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'capturectl-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const example = shared('data/captures/02_example.pcap');
const wikipedia = shared('data/captures/01_wikipedia.pcap');

describe('capturectl on local files', () => {
  it('says what is in each file, one JSON object per line', async () => {
    const { code, out, err } = await capturectl(['index', wikipedia, example, '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [first, second] = jsonLines(out);
    expect(first).toMatchObject({ file: wikipedia, packets: 136, partial: false });
    expect(second).toMatchObject({ file: example, packets: 4631, linkTypes: ['EN10MB'] });
    expect(Object.keys(first!)).toEqual([
      'file',
      'packets',
      'bytes',
      'flows',
      'firstPacket',
      'lastPacket',
      'linkTypes',
      'partial',
      'duplicates',
      'retransmissions',
      'dnsTransactions',
      'tlsHandshakes',
      'httpRequests',
      'findings',
    ]);
  });

  it('keeps an index as Parquet, to which the same file adds nothing twice, and which it then asks', async () => {
    const out = join(folder, 'index');
    expect((await capturectl(['index', example, '--out', out])).code).toBe(0);
    const files = readdirSync(out, { recursive: true }).sort();
    expect((await capturectl(['index', example, '--out', out])).code).toBe(0);
    expect(readdirSync(out, { recursive: true }).sort()).toEqual(files);
    expect((await capturectl(['index', wikipedia, '--out', out])).code).toBe(0);

    const flows = await capturectl(['flows', out, '--json']);
    expect(jsonLines(flows.out)).toHaveLength(136 + 34);
    const sum =
      'select count(*) as flows, sum(packet_rows)::int as packets, (select count(*) from packets) as rows, min(cluster) as cluster, min(day) as day from conn';
    expect(jsonLines((await capturectl(['sql', out, sum, '--json'])).out)).toEqual([
      // ten ARP packets belong to no flow
      { flows: '170', packets: 4631 + 136 - 10, rows: '4757', cluster: 'local', day: '2011-03-18' },
    ]);
  });

  it('shows rows of a file without leaving anything behind', async () => {
    const before = readdirSync(tmpdir()).filter(name => name.startsWith('capturectl-')).length;
    const { out } = await capturectl(['dns', wikipedia, '--json', '--limit', '2']);
    expect(jsonLines(out)).toHaveLength(2);
    expect(jsonLines(out)[0]).toMatchObject({
      ts: '2011-03-18T19:06:07.096535000Z',
      query: 'gemini._sftp-ssh._tcp.local',
    });
    expect(readdirSync(tmpdir()).filter(name => name.startsWith('capturectl-')).length).toBe(before);
  });

  it('names what is outside by the DNS answers of the same capture', async () => {
    const { out } = await capturectl(['flows', example, '--json']);
    const named = jsonLines(out).filter(row => row.id_resp_h === '212.199.202.9');
    expect(named[0]).toMatchObject({
      resp_identity_source: 'dns',
      resp_dns_names: expect.arrayContaining(['www.ynet.co.il']),
    });
  });

  it('draws a table without colours when it is not a terminal, and says how much it left out', async () => {
    const { out, err } = await capturectl(['flows', example, '--limit', '3']);
    expect(out.split('\n')).toHaveLength(5);
    expect(out).toMatch(/^TIME +FROM +TO +PROTO +STATE/);
    expect(out).not.toContain('\u001b');
    expect(err).toBe('133 more; --limit 0 shows all\n');
  });

  it.each([
    ['a text', 'hello, world', /no capture/],
    ['an empty file', '', /is empty/],
  ])(
    'refuses %s in one sentence, with exit code 1 and nothing half-written',
    async (_, content, sentence) => {
      const path = join(folder, 'bad.pcap');
      writeFileSync(path, content);
      const target = join(folder, 'none');
      const { code, out, err } = await capturectl(['index', path, '--json', '--out', target]);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(sentence);
      expect(err.trimEnd().split('\n')).toHaveLength(1);
      expect(existsSync(target)).toBe(false);
    },
  );

  it('goes on after a bad file, and ends with exit code 1', async () => {
    const { code, out, err } = await capturectl(['index', join(folder, 'missing.pcap'), wikipedia, '--json']);
    expect(code).toBe(1);
    expect(jsonLines(out)).toHaveLength(1);
    expect(err).toContain('missing.pcap: no such file');
  });

  it.each([
    [['flows'], 'FILE|DIR|CAPTURE is missing'],
    [['flows', 'a', 'b'], "unexpected argument 'b'"],
    [['flows', 'a', '--nope'], "unknown option '--nope'"],
    [['flows', 'a', '--limit', 'many'], "--limit takes a whole number, not 'many'"],
    [['fly'], "unknown command 'fly'"],
    [['--nope'], "unknown option '--nope'"],
  ])('refuses %j with exit code 2', async (args, sentence) => {
    const { code, err } = await capturectl(args);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });

  it('explains every command', async () => {
    const { out } = await capturectl(['--help']);
    const names = [...out.matchAll(/^ {2}([a-z]+)/gm)].map(match => match[1]!);
    expect(names).toEqual(
      expect.arrayContaining(['index', 'flows', 'dns', 'tls', 'http', 'findings', 'sql']),
    );
    for (const name of names) {
      const { code, out } = await capturectl([name, '--help']);
      expect({ name, code, usage: out.startsWith(`Usage: capturectl ${name}`) }).toEqual({
        name,
        code: 0,
        usage: true,
      });
    }
  });
});
