import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cut, type Wanted } from '../../../../lib/index/cut/cut.ts';
import { parseExpression } from '../../../../lib/index/cut/expression/parse.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { ClusterIdentity } from '../../../../lib/index/identity/cluster-identity.ts';
import { indexObject } from '../../../../lib/index/index-object.ts';
import { tableFiles, wholeCatalog } from '../../../../lib/index/query/catalog.ts';
import { type Row, readRows } from '../../../../lib/index/query/rows.ts';
import { tarball } from '../../../../workload/tarball.ts';
import { shared } from '../../../shared.ts';
import { MemoryObjects } from '../memory-objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'cut-'));
afterAll(() => rmSync(folder, { recursive: true }));

const capture = (name: string) => readFileSync(shared('data/captures', name));
const where = (text: string): Wanted => ({ type: 'where', expression: parseExpression(text), text });

/** An index of files in memory, which counts what is read of the files. */
async function indexed(files: Record<string, Buffer>, cluster?: ClusterIdentity) {
  const objects = new MemoryObjects();
  for (const [key, bytes] of Object.entries(files)) {
    await indexObject({
      objects,
      prefix: '',
      origin: {
        bucket: 'b',
        key,
        etag: key,
        size: bytes.length,
        cluster: 'prod',
        namespace: 'shop',
        name: 'demo',
        uid: 'u1',
        node: key,
      },
      sequencer: '01',
      source: streamSource(
        key,
        (async function* () {
          yield bytes;
        })(),
      ),
      now: () => new Date(0),
      ...(cluster && { cluster }),
    });
  }
  const catalog = await wholeCatalog(objects, '');
  const reads = { ranges: 0, bytes: 0, whole: 0 };
  const make = async (wanted: Wanted) => {
    const result = await cut(catalog, wanted, async ({ key }) => ({
      size: files[key]!.length,
      async read(start, end) {
        expect(end).toBeLessThanOrEqual(files[key]!.length);
        reads.ranges++;
        reads.bytes += end - start;
        return files[key]!.subarray(start, end);
      },
      async *stream() {
        reads.whole++;
        yield files[key]!;
      },
    }));
    const parts: Uint8Array[] = [];
    for await (const part of result.content) parts.push(part.slice());
    const path = join(folder, 'out.pcapng');
    writeFileSync(path, Buffer.concat(parts));
    return { path, packets: result.packets };
  };
  return { catalog, objects, reads, cut: make };
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** The packets that tshark reads, each as one line. */
function tshark(path: string, filter = ''): string[] {
  const fields = [
    'frame.time_epoch',
    'frame.len',
    'frame.cap_len',
    'frame.protocols',
    'ip.id',
    'tcp.seq_raw',
    'udp.length',
  ];
  const args = [
    '-r',
    path,
    '-T',
    'fields',
    ...fields.flatMap(field => ['-e', field]),
    ...(filter ? ['-Y', filter] : []),
  ];
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1e8,
  });
  return text.split('\n').filter(line => line !== '');
}

const example = shared('data/captures/02_example.pcap');

describe('cutting packets out of a capture', () => {
  it.each([
    ['port 53', 'udp.port == 53 || tcp.port == 53'],
    ['addr 10.0.0.6 and proto tcp and dport 80', 'tcp.port == 80 && ip.addr == 10.0.0.6'],
    ['addr 212.199.0.0/16', 'ip.addr == 212.199.0.0/16'],
    [
      'time >= 2013-05-02T20:20:40Z and time < 2013-05-02T20:20:41.5Z and proto udp',
      'udp && frame.time_epoch >= 1367526040 && frame.time_epoch < 1367526041.5',
    ],
  ])(
    'gives for "%s" the packets that tshark has for "%s", byte for byte in number, time and length',
    async (text, filter) => {
      const { cut } = await indexed({ 'example.pcap': capture('02_example.pcap') });
      const { path, packets } = await cut(where(text));
      const expected = tshark(example, filter);
      expect(expected.length).toBeGreaterThan(5);
      expect(packets).toBe(expected.length);
      expect(tshark(path)).toEqual(expected);
    },
  );

  it('gives one flow by number and by uid, whatever holds the capture', async () => {
    const bytes = capture('02_example.pcap');
    const source = mkdtempSync(join(folder, 'tar-'));
    writeFileSync(join(source, 'a.pcap'), bytes);
    writeFileSync(join(source, 'ip.txt'), 'metadata');
    const own = Buffer.concat(await collect(tarball(source)));
    const foreign = execFileSync('tar', ['-C', source, '-czf', '-', 'a.pcap', 'ip.txt'], { maxBuffer: 1e8 });
    const expected = tshark(example, 'tcp.port == 44147');
    const ways: [string, Buffer, ranged: boolean][] = [
      ['a.pcap', bytes, true],
      ['own.tar.gz', own, true],
      ['foreign.tar.gz', foreign, false],
      ['foreign.pcap.gz', gzipSync(bytes), false],
    ];
    for (const [name, file, ranged] of ways) {
      const { cut, reads, catalog, objects } = await indexed({ [name]: file });
      const rows: Row[] = [];
      for (const table of tableFiles(catalog, 'conn'))
        rows.push(...(await collect(readRows(objects, table))));
      const row = rows.find(({ id_orig_p }) => id_orig_p === 44147)!;
      const byNumber = await cut({ type: 'flow', flow: Number(row.flow) });
      expect({ name, lines: tshark(byNumber.path) }).toEqual({ name, lines: expected });
      expect({ name, whole: reads.whole }).toEqual({ name, whole: ranged ? 0 : 1 });
      const byUid = await cut({ type: 'uid', uid: String(row.uid) });
      expect(tshark(byUid.path)).toEqual(expected);
    }
  });

  it('reads next to nothing of a large file for a small flow', async () => {
    // Ten thousand flows of two packets, then one of six that is spread over the whole file.
    const header = capture('02_example.pcap').subarray(0, 24);
    const records: Buffer[] = [header];
    for (let i = 0; i < 20_000; i++)
      records.push(record(i, `10.1.${(i >> 9) & 255}.${(i >> 1) & 255}`, 1000 + (i >> 17)));
    for (let i = 0; i < 6; i++) records.splice(1 + i * 3000, 0, record(i * 3000, '192.0.2.99', 7777));
    const file = Buffer.concat(records);
    const { cut, reads } = await indexed({ 'large.pcap': file });
    const { packets } = await cut(where('src 192.0.2.99'));
    expect(packets).toBe(6);
    expect(reads.whole).toBe(0);
    expect(reads.bytes).toBeLessThan(file.length * 0.02);
  });

  it('merges the files of several nodes by time', async () => {
    const bytes = capture('02_example.pcap');
    const { cut } = await indexed({
      'node-1.pcap': bytes,
      'node-2.pcap': capture('01_wikipedia.pcap'),
      'node-3.pcap': bytes,
    });
    const { path } = await cut(where('port 53'));
    const times = tshark(path).map(line => Number(line.split('\t')[0]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.length).toBe(
      138 * 2 + tshark(shared('data/captures/01_wikipedia.pcap'), 'udp.port == 53').length,
    );
  });

  it.each([
    '11_test100.pcapng',
    '28_bigendian.pcap',
    '17_tcp-handshake-nano.pcap',
    '15_decode-sll2-02.pcap',
    '34_vxlan.pcap',
  ])('gives all packets of the flows of %s as they are', async name => {
    const { cut } = await indexed({ [name]: capture(name) });
    const { path, packets } = await cut(where('packets >= 0 or packets < 0'));
    expect(packets).toBeGreaterThan(0);
    // A simple packet block has no time: we give it that of the packet before, tshark shows none.
    const known = (line: string) => (name === '11_test100.pcapng' ? line.replace(/^[^\t]*/, '') : line);
    const all = tshark(shared('data/captures', name)).map(known);
    const mine = tshark(path).map(known);
    expect(mine).toHaveLength(packets);
    expect(all).toEqual(expect.arrayContaining(mine));
  });

  it('names addresses and the Capture inside the file', async () => {
    const snapshot = {
      version: 1 as const,
      cluster: 'prod',
      takenAt: '2013-05-02T20:20:00Z',
      services: [],
      nodes: [],
      pods: [
        { namespace: 'shop', name: 'web-1', uid: 'p', ips: ['10.0.0.6'], hostNetwork: false, labels: {} },
      ],
    };
    const { cut } = await indexed(
      { 'node-1.tar.gz': capture('02_example.pcap') },
      new ClusterIdentity([snapshot]),
    );
    const { path } = await cut(where('pod web-1 and port 53'));
    const comment = execFileSync('capinfos', ['-k', path], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(comment).toContain('Capture shop/demo in cluster prod, node node-1.tar.gz, file node-1.tar.gz');
    const hosts = execFileSync('tshark', ['-r', path, '-q', '-z', 'hosts'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(hosts).toContain('10.0.0.6\tweb-1.shop.pod');
  });

  it('says so when the file is not what was indexed', async () => {
    const { catalog } = await indexed({ 'a.pcap': capture('02_example.pcap') });
    const other = Buffer.concat([capture('02_example.pcap').subarray(0, 24), Buffer.alloc(4_000_000, 0xff)]);
    const { content } = await cut(catalog, where('port 53'), async () => ({
      size: other.length,
      read: async (start, end) => other.subarray(start, end),
      async *stream() {},
    }));
    await expect(collect(content)).rejects.toThrow('has changed since it was indexed');
  });
});

/** A classic pcap record of an Ethernet frame with a UDP datagram of 100 bytes. */
function record(second: number, source: string, port: number): Buffer {
  const frame = Buffer.alloc(14 + 20 + 8 + 100);
  frame.writeUInt16BE(0x0800, 12);
  frame[14] = 0x45;
  frame.writeUInt16BE(128, 16);
  frame.writeUInt16BE(second & 0xffff, 18);
  frame[22] = 64;
  frame[23] = 17;
  Buffer.from(source.split('.').map(Number)).copy(frame, 26);
  Buffer.from([10, 0, 0, 1]).copy(frame, 30);
  frame.writeUInt16BE(port, 34);
  frame.writeUInt16BE(9, 36);
  frame.writeUInt16BE(108, 38);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(1_700_000_000 + Math.floor(second / 1000), 0);
  head.writeUInt32LE((second % 1000) * 1000, 4);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return Buffer.concat([head, frame]);
}
