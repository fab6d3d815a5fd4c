import { readFileSync } from 'node:fs';
import { deflateRawSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import type { Limits } from '../../../../lib/pcap/limits.ts';
import { shared } from '../../../shared.ts';
import { inChunks, Random, tar } from '../../pcap/mutate.ts';
import { partsOf } from '../../pcap/parts.ts';
import { gzipMembers } from '../../pcap/samples.ts';
import { Collector } from './collect.ts';

const read = (file: string) => readFileSync(shared('data/captures', file));
const wikipedia = read('01_wikipedia.pcap'); // 136 packets
const handshake = read('17_tcp-handshake-nano.pcap'); // 3 packets

async function index(bytes: Buffer, limits: Partial<Limits> = {}) {
  const tables = new Collector();
  const source = streamSource('file', inChunks(bytes, new Random(bytes.length)));
  const indexed = await indexCapture(source, tables, { limits });
  return { ...indexed, tables };
}

describe('wrapped captures', () => {
  const archive = tar([
    { name: 'node/ip-resources.txt', bytes: Buffer.from('not a capture\n') },
    { name: 'node/cap.pcap', bytes: wikipedia },
    { name: 'node/cap.pcap1', bytes: handshake },
  ]);

  it.each([
    ['gzip', gzipSync(wikipedia), 136],
    ['gzip of many members', gzipMembers(wikipedia, 1000), 136],
    ['zstd', zstdCompressSync(wikipedia), 136],
    ['tar', archive, 139],
    ['tar.gz', gzipSync(archive), 139],
    ['tar.gz of many members', gzipMembers(archive, 4096), 139],
    ['tar.zst', zstdCompressSync(archive), 139],
    ['tar of gzip', tar([{ name: 'a.pcap.gz', bytes: gzipSync(wikipedia) }]), 136],
  ])('%s has every packet', async (_name, bytes, packets) => {
    const { summary } = await index(bytes);
    expect(summary.packets).toBe(packets);
    expect(summary.partial).toBe(false);
  });

  it('says in which capture of an archive a packet lies, and where that begins', async () => {
    const { members, tables } = await index(archive);
    expect(members).toEqual([
      { member: 0, name: 'node/cap.pcap', format: 'pcap', start: 1536 },
      { member: 1, name: 'node/cap.pcap1', format: 'pcap', start: archive.indexOf(handshake) },
    ]);
    for (const { member, start } of members) {
      const rows = tables.table('packets').filter(row => row.member === member);
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        expect(archive.readUInt32LE(start! + Number(row.offset) + 8)).toBe(row.caplen);
      }
    }
  });

  it('says when the parts of an archive are not in the order of time', async () => {
    const parts = [
      { name: 'new.pcap10', bytes: wikipedia },
      { name: 'old.pcap2', bytes: read('02_example.pcap') },
    ];
    const names = async (files: typeof parts) =>
      (await index(tar(files))).tables.table('weird').map(row => row.name);
    const isRising =
      (await index(wikipedia)).summary.firstPacket! < (await index(parts[1]!.bytes)).summary.firstPacket!;
    const inOrder = isRising ? parts : parts.toReversed();
    expect(await names(inOrder)).toEqual([]);
    expect(await names(inOrder.toReversed())).toEqual(['member_out_of_order']);
  });

  it('knows where inflating may start', async () => {
    const bytes = gzipMembers(archive, 4096);
    const { gzip } = await index(bytes);
    expect(gzip.inflated).toEqual(gzip.inflated.map((_, at) => at * 4096));
    expect(gzip.compressed.length).toBe(Math.ceil(archive.length / 4096));
    gzip.compressed.forEach((start, at) => {
      const member = bytes.subarray(start, gzip.compressed[at + 1]);
      expect(gunzipSync(member).equals(archive.subarray(at * 4096, at * 4096 + 4096))).toBe(true);
    });
  });

  it('does not take captured gzip headers for those of members', async () => {
    const header = gzipSync('x', { level: 0 }).subarray(0, 10);
    const captured = Buffer.concat([wikipedia, header, header, Buffer.alloc(5000)]);
    const stored = gzipSync(captured, { level: 0 });
    expect(stored.indexOf(header, 1)).toBeGreaterThan(0);
    const { gzip, summary } = await index(Buffer.concat([stored, gzipSync('end', { level: 0 })]));
    expect(summary.packets).toBeGreaterThanOrEqual(136);
    expect(gzip.compressed).toEqual([0, stored.length]);
  });
});

describe('files that break off', () => {
  const truncated = (bytes: Buffer) => bytes.subarray(0, bytes.length - 30);

  it.each([
    ['pcap', truncated(wikipedia), 'truncated_record'],
    ['gzip', truncated(gzipSync(wikipedia)), 'gzip: '],
    ['gzip of many members', truncated(gzipMembers(wikipedia, 4000)), 'gzip: '],
    ['zstd', truncated(zstdCompressSync(read('02_example.pcap'))), 'zstd: '],
    ['tar', tar([{ name: 'a.pcap', bytes: wikipedia }]).subarray(0, 20_000), 'tar: '],
  ])('%s is indexed as far as it goes', async (_name, bytes, reason) => {
    const { summary, tables } = await index(bytes);
    expect(summary.partial).toContain(reason);
    expect(summary.packets).toBeGreaterThan(50);
    expect(summary.packets).toBeLessThan(4631);
    expect(tables.table('capture')).toMatchObject([{ partial: summary.partial }]);
  });
});

describe('damaged files', () => {
  it('are read on behind the damage, and say how much was passed over', async () => {
    const damaged = Buffer.from(wikipedia);
    const at = partsOf(wikipedia, 136)
      .slice(0, 40)
      .reduce((sum, part) => sum + part.length - 24, 24);
    damaged.writeUInt32LE(0xffff_ffff, at + 8);
    const length = wikipedia.readUInt32LE(at + 8) + 16;
    const once = await index(gzipSync(damaged));
    expect(once.summary).toMatchObject({
      packets: 135,
      partial: `bad_caplen: a record claims 4294967295 captured bytes, more than 262144; ${length} bytes were skipped in one place`,
    });
    expect(once.tables.table('capture')).toMatchObject([{ partial: once.summary.partial }]);
    expect(once.tables.table('weird')).toMatchObject([
      { name: 'skipped_bytes', addl: 'bad_caplen', count: 1n },
    ]);
    const twice = await index(tar([0, 1].map(n => ({ name: `${n}.pcap`, bytes: damaged }))));
    expect(twice.summary.partial).toContain(`; ${2 * length} bytes were skipped in 2 places`);
    expect(twice.summary.packets).toBe(270);
  });

  it('are told from a source that fails', async () => {
    for (const bytes of [wikipedia, gzipSync(wikipedia), zstdCompressSync(wikipedia)]) {
      const source = streamSource(
        'file',
        (async function* () {
          yield bytes.subarray(0, bytes.length / 2);
          throw new Error('connection lost');
        })(),
      );
      await expect(indexCapture(source, new Collector())).rejects.toThrow('connection lost');
    }
  });
});

describe('hostile files', () => {
  const zeros = Buffer.concat([wikipedia, Buffer.alloc(4 * 2 ** 20)]);

  it('stops at a size', async () => {
    const { summary } = await index(gzipSync(zeros), { inflatedBytes: 2 ** 20 });
    expect(summary.partial).toMatch(/^too_large: /);
  });

  it('stops at a ratio', async () => {
    const { summary } = await index(gzipSync(zeros), { inflateRatio: 20, ratioFloor: 2 ** 20 });
    expect(summary.partial).toMatch(/^inflate_ratio: /);
  });

  it('stops at a number of entries', async () => {
    const entries = Array.from({ length: 30 }, (_, at) => ({ name: `${at}.pcap`, bytes: handshake }));
    const { summary } = await index(tar(entries), { entries: 10 });
    expect(summary.partial).toMatch(/^too_many_entries: /);
    expect(summary.packets).toBe(30);
  });

  it('does not follow wrappings without end', async () => {
    let nested = handshake;
    for (let layer = 0; layer < 20; layer++) nested = gzipSync(nested);
    await expect(index(nested)).rejects.toThrow('file is no capture and no archive with one inside');
  });

  it('does not wait for an entry that claims more than there is', async () => {
    const { summary } = await index(tar([{ name: 'a.pcap', bytes: handshake, size: 8 ** 10 }]));
    expect(summary.partial).toBeTruthy();
    expect(summary.packets).toBeGreaterThanOrEqual(3);
  });

  it.each([0xffff_ffff, 0x7fff_ffff, 262_145])('ends at a record of %d bytes', async length => {
    const bytes = Buffer.from(wikipedia);
    bytes.writeUInt32LE(length, 24 + 8);
    const { summary } = await index(bytes);
    expect(summary.partial).toMatch(/^bad_caplen: /);
    expect(summary.packets).toBe(0);
  });

  it('counts packets of no length', async () => {
    const record = Buffer.alloc(16);
    const { summary } = await index(Buffer.concat([wikipedia.subarray(0, 24), ...Array(5).fill(record)]));
    expect(summary).toMatchObject({ packets: 5, flows: 0, partial: false });
  });
});

describe('what is no capture', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'file is empty'],
    ['text', Buffer.from('Hello, world'), 'file is no capture and no archive with one inside'],
    ['an archive of text', tar([{ name: 'a', bytes: Buffer.from('x') }]), 'no archive with one inside'],
    ['compressed text', gzipSync('Hello'), 'no archive with one inside'],
    ['raw deflate', deflateRawSync(wikipedia), 'no archive with one inside'],
  ])('%s is refused in a sentence', async (_name, bytes, sentence) => {
    await expect(index(bytes)).rejects.toMatchObject({ name: 'NotACapture', retry: false });
    await expect(index(bytes)).rejects.toThrow(sentence);
  });

  it('refuses a file of a link type that it does not know, naming it', async () => {
    const bytes = Buffer.from(handshake);
    bytes.writeUInt32LE(147, 20);
    await expect(index(bytes)).rejects.toThrow(
      'file has 3 packets of link type LINKTYPE_147, which cannot be decoded',
    );
  });

  it('takes a header without packets for a capture', async () => {
    const { summary } = await index(handshake.subarray(0, 24));
    expect(summary).toMatchObject({ packets: 0, flows: 0, firstPacket: null, partial: false });
  });
});
