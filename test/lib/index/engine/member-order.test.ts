import { readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import type { IndexOptions } from '../../../../lib/index/engine/follow-capture.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { inOrderOfTime, OutOfOrder, passesInOrder } from '../../../../lib/index/engine/member-order.ts';
import type { CaptureSource } from '../../../../lib/index/engine/source.ts';
import { shared } from '../../../shared.ts';
import { inChunks, pcapng, Random, type SamplePacket, tar } from '../../pcap/mutate.ts';
import { partsOf, recordsOf } from '../../pcap/parts.ts';
import { gzipMembers } from '../../pcap/samples.ts';
import { Collector, type Row } from './collect.ts';

const capture = readFileSync(shared('data/captures/02_example.pcap'));
const parts = (count: number) => partsOf(capture, count);

/** An archive of the parts with these numbers, in this order. */
function archive(all: Buffer[], order: number[]): Buffer {
  const named = order.map(part => ({ name: `node/x.pcap${part}`, bytes: all[part]! }));
  return tar([{ name: 'node/ip.txt', bytes: Buffer.from('text') }, ...named]);
}

async function index(bytes: Buffer, isLasting = true, options: IndexOptions = {}) {
  const opened = { times: 0, left: 0 };
  const source: CaptureSource = {
    name: 'file',
    isLasting,
    async *stream() {
      opened.times++;
      try {
        yield* inChunks(bytes, new Random(bytes.length));
      } finally {
        opened.left++;
      }
    },
  };
  let tables = new Collector();
  const indexed = await inOrderOfTime(async order => {
    tables = new Collector();
    return await indexCapture(source, tables, {
      analysers: startAnalysers,
      ...options,
      ...(order && { order }),
    });
  });
  return { ...indexed, tables, opened };
}

/** Rows but for what depends on the file: where a record lies, and how chunks part the batches. */
const rows = (tables: Collector) =>
  (['conn', 'dns', 'ssl', 'http', 'weird'] as const).map(name =>
    tables
      .table(name)
      .map(row => ({ ...row, first_offset: null, last_offset: null }) as Row)
      .sort((a, b) => Number(a.ts) - Number(b.ts) || (String(a.uid) < String(b.uid) ? -1 : 1)),
  );
const weirds = (tables: Collector) => tables.table('weird').map(row => row.name);

const lexical = (count: number) => [...Array(count).keys()].sort((a, b) => (String(a) < String(b) ? -1 : 1));

describe('the parts of one capture', () => {
  it.each([
    ['in order', [0, 1, 2, 3, 4, 5], 1],
    ['of a ring that wrapped', [4, 5, 0, 1, 2, 3], 3],
    ['backwards', [3, 2, 1, 0], 5],
    ['named without leading zeros', lexical(13), 3],
    ['of which two changed places', [0, 2, 1, 3], 3],
  ])('%s give the rows of the whole', async (_name, order, reads) => {
    const whole = await index(capture);
    const { tables, summary, opened, members } = await index(archive(parts(order.length), order));
    expect(rows(tables)).toEqual(rows(whole.tables));
    expect(summary).toEqual(whole.summary);
    expect(opened).toEqual({ times: reads, left: reads });
    expect(members.map(({ name }) => name)).toEqual(order.map(part => `node/x.pcap${part}`));
  });

  it.each([
    ['tar', (bytes: Buffer) => bytes],
    ['tar.gz', (bytes: Buffer) => gzipSync(bytes)],
    ['tar.gz of many members', (bytes: Buffer) => gzipMembers(bytes, 100_000)],
    ['tar.zst', (bytes: Buffer) => zstdCompressSync(bytes)],
  ])('are found again where a %s has them', async (name, wrap) => {
    const bytes = archive(parts(4), [2, 3, 0, 1]);
    const { tables, members, gzip } = await index(wrap(bytes));
    const found = tables.table('packets');
    expect(found.length).toBe(recordsOf(capture).length);
    for (const row of found) {
      const at = members[Number(row.member)]!.start! + Number(row.offset);
      expect(bytes.readUInt32LE(at + 8)).toBe(row.caplen);
      const micros = BigInt(bytes.readUInt32LE(at)) * 1_000_000n + BigInt(bytes.readUInt32LE(at + 4));
      expect(row.ts).toBe(micros * 1000n);
    }
    expect(gzip.inflated.at(-1) ?? 0).toBe(name.endsWith('members') ? 3_800_000 : 0);
  });

  it('are found in archives within the archive', async () => {
    const all = parts(4);
    const inner = tar([1, 0].map(part => ({ name: `x.pcap${part}.gz`, bytes: gzipSync(all[part]!) })));
    const outer = tar([
      { name: 'new.tar', bytes: archive(all, [3, 2]) },
      { name: 'old.tar', bytes: inner },
    ]);
    const { tables } = await index(outer);
    expect(rows(tables)).toEqual(rows((await index(capture)).tables));
  });

  it('are read in the order of the archive where that can be read once', async () => {
    const { tables, opened } = await index(archive(parts(4), [2, 3, 0, 1]), false);
    expect(opened.times).toBe(1);
    expect(weirds(tables)).toContain('member_out_of_order');
  });

  it('are read in the order of the archive where there are too many of them', async () => {
    const backwards = [...Array(40).keys()].reverse();
    const { tables, opened, summary } = await index(archive(parts(40), backwards));
    expect(opened.times).toBe(2);
    expect(weirds(tables)).toContain('member_out_of_order');
    expect(summary.packets).toBe(recordsOf(capture).length);
  });

  it('are read as far as the archive goes', async () => {
    const bytes = archive(parts(4), [2, 3, 0, 1]);
    const { summary, tables } = await index(bytes.subarray(0, bytes.length - 500_000));
    expect(summary.partial).toBe('tar: the archive breaks off');
    expect(weirds(tables)).toEqual([]);
    const conns = tables.table('conn').length;
    expect(conns).toBeGreaterThan(0);
    const other = archive(parts(4), [0, 2, 3, 1]);
    expect((await index(other.subarray(0, other.length - 500_000))).summary).toEqual(summary);
  });
});

it('tells of captures that overlap in time, and reads them by their first packets', async () => {
  const records = recordsOf(capture);
  const header = capture.subarray(0, 24);
  const interfaces = [0, 1].map(parity =>
    Buffer.concat([header, ...records.filter((_, at) => at % 2 === parity)]),
  );
  const all = interfaces.flatMap(bytes => partsOf(bytes, 3)); // 0 1 2 of one, 3 4 5 of the other
  const { tables, opened } = await index(archive(all, [0, 1, 2, 3, 4, 5]));
  expect(opened.times).toBe(4); // once as it lies, then 0 3, 1 4 and 2 5
  expect(tables.table('weird')).toMatchObject(
    [3, 4, 5].map(member => ({
      name: 'member_out_of_order',
      addl: `capture ${member} of the archive begins before the one ahead of it ends`,
    })),
  );
  const inOrder = await index(archive(all, [0, 3, 1, 4, 2, 5]), false);
  const without = (row: Row) => ({ ...row, addl: null });
  expect(rows(tables).map(table => table.map(without))).toEqual(
    rows(inOrder.tables).map(table => table.map(without)),
  );
});

it('orders pcapng files, and leaves one without packets where it is', async () => {
  const packet = (): SamplePacket => ({ linkType: 1, bytes: Buffer.alloc(60) });
  const random = new Random(1);
  const early = pcapng([packet()], random);
  const late = Buffer.from(early);
  late.writeUInt32LE(late.readUInt32LE(60) + 1, 60); // the upper half of the time: 71 minutes more
  const none = pcapng([], random);
  const files = [late, none, early].map((bytes, at) => ({ name: `${at}.pcapng`, bytes }));
  const { opened, tables, summary } = await index(tar(files));
  expect(summary.packets).toBe(2);
  expect(opened.times).toBe(3);
  expect(weirds(tables)).toEqual([]);
});

it('reads an archive with one capture once, and a bare one', async () => {
  for (const bytes of [capture, gzipSync(capture), archive([capture], [0])]) {
    expect((await index(bytes)).opened).toEqual({ times: 1, left: 1 });
  }
});

it('says when the file is another one at the second reading', async () => {
  let times = 0;
  const versions = [archive(parts(3), [1, 0, 2]), archive(parts(3), [0])];
  const source: CaptureSource = {
    name: 'file',
    isLasting: true,
    async *stream() {
      yield versions[Math.min(times++, 1)]!;
    },
  };
  const attempt = inOrderOfTime(order => indexCapture(source, new Collector(), order && { order }));
  await expect(attempt).rejects.toThrow('file was changed while it was read');
});

it('throws what is to be done before anything is summed up', async () => {
  const bytes = archive(parts(3), [1, 0, 2]);
  const tables = new Collector();
  const source = {
    name: 'file',
    isLasting: true,
    async *stream() {
      yield bytes;
    },
  };
  const failure = await indexCapture(source, tables).catch(error => error);
  expect(failure).toBeInstanceOf(OutOfOrder);
  expect(failure.order).toMatchObject({ broken: null, passes: [[1], [0, 2]] });
  expect(tables.table('capture')).toEqual([]);
});

it.each<[string, (bigint | undefined)[], number[][]]>([
  ['nothing', [], []],
  ['equal times', [5n, 5n, 5n], [[0, 1, 2]]],
  [
    'a descent',
    [5n, 3n, 4n, 6n],
    [
      [1, 2],
      [0, 3],
    ],
  ],
  [
    'unknown times',
    [undefined, 5n, undefined, 3n],
    [
      [0, 3],
      [1, 2],
    ],
  ],
])('makes passes of %s', (_name, times, passes) => {
  expect(passesInOrder(times)).toEqual(passes);
});
