import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { fileSource } from '../../../../lib/index/engine/source.ts';
import { type FileTask, indexFile } from '../../../../lib/index/index-file.ts';
import { tableFiles, wholeCatalog } from '../../../../lib/index/query/catalog.ts';
import { readRows } from '../../../../lib/index/query/rows.ts';
import { createDirectoryObjects } from '../../../../lib/index/store/directory.ts';
import { TABLES, type TableName } from '../../../../lib/index/table.ts';
import { indexOnThreads } from '../../../../lib/index/threads/index-on-threads.ts';
import { NotACapture } from '../../../../lib/pcap/errors.ts';
import { tarball } from '../../../../workload/tarball.ts';
import { shared } from '../../../shared.ts';
import { tar } from '../../pcap/mutate.ts';
import { partsOf } from '../../pcap/parts.ts';
import { manyPackets } from './many-packets.ts';

const folder = mkdtempSync(join(tmpdir(), 'index-on-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = shared('data/captures/03_many-protocols.pcap');
const bytes = readFileSync(path);

function source(file: string) {
  return { ...fileSource(file), path: file, identity: 'the same for all' };
}

function task(into: string | undefined, sequencer = '01'): FileTask {
  const origin = { bucket: 'file', key: 'one', etag: 'e', size: bytes.length, cluster: 'local' };
  return { origin, sequencer, folder: into };
}

const fresh = () => mkdtempSync(join(folder, 'index-'));

/** All rows of an index by table. */
async function rowsIn(index: string): Promise<Record<string, string[]>> {
  const objects = createDirectoryObjects(index);
  const catalog = await wholeCatalog(objects, '');
  const rows: Record<string, string[]> = {};
  for (const name of Object.keys(TABLES) as TableName[]) {
    rows[name] = [];
    for (const table of tableFiles(catalog, name))
      for await (const row of readRows(objects, table)) rows[name].push(inspect(row, { depth: 9 }));
  }
  return rows;
}

/** The files of an index. */
const filesIn = (index: string) =>
  readdirSync(index, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(index.length));

/** Indexes a file on threads and without, and compares. */
async function expectSame(file: string): Promise<Record<string, string[]>> {
  const [here, there] = [fresh(), fresh()];
  const expected = await indexFile(task(here), source(file));
  const progress: number[] = [];
  expect(await indexOnThreads(task(there), source(file), read => progress.push(read))).toEqual(expected);
  const rows = await rowsIn(there);
  expect(rows).toEqual(await rowsIn(here));
  expect(filesIn(there).sort()).toEqual(filesIn(here).sort());
  expect(progress.length).toBeGreaterThan(0);
  return rows;
}

it('gives the same rows as one thread', async () => {
  const { dns, packets } = await expectSame(path);
  expect(dns!.length).toBeGreaterThan(0);
  expect(packets!.length).toBeGreaterThan(4000);
});

it('only says what is in a file when nothing is to be kept', async () => {
  const summary = await indexOnThreads(task(undefined), source(path));
  expect(summary).toEqual(await indexFile(task(undefined), source(path)));
  expect(summary!.packets).toBe(4709);
});

it('changes nothing for a file that is in the index already, and nothing for an older one', async () => {
  const index = fresh();
  const summary = await indexOnThreads(task(index, '02'), source(path));
  const before = filesIn(index);
  expect(await indexOnThreads(task(index, '02'), source(path))).toEqual(summary);
  expect(await indexOnThreads(task(index, '01'), source(path))).toBeUndefined();
  expect(filesIn(index)).toEqual(before);
});

it('stops reading a file that is in the index already, however much it would find', async () => {
  const file = join(folder, 'many.pcap');
  writeFileSync(file, manyPackets(600_000)); // five batches, of which three could wait
  const index = fresh();
  const summary = await indexOnThreads(task(index), source(file));
  expect(summary!.packets).toBe(600_000);
  expect(await indexOnThreads(task(index), source(file))).toEqual(summary);
});

it('reads an archive once more whose captures are out of order', async () => {
  const parts = partsOf(bytes, 3);
  const file = join(folder, 'rotated.tar');
  writeFileSync(file, tar([1, 2, 0].map(part => ({ name: `x.pcap${part}`, bytes: parts[part]! }))));
  const { packets, weird } = await expectSame(file);
  expect(packets!.length).toBeGreaterThan(4000);
  expect(weird!.join()).not.toContain('member_out_of_order');
});

describe('a compressed file, which further threads inflate', () => {
  const middle = bytes.length >> 1;
  const members = Buffer.concat(
    [0, 1, 2, 3].map(part => gzipSync(bytes.subarray(part << 20, (part + 1) << 20))),
  );
  const archive = tar([{ name: 'one.pcap', bytes }]);
  const damaged = gzipSync(bytes);
  damaged.fill(0xff, damaged.length >> 1);
  // Uncompressed, so that they make several parts.
  const block = (start: number, end: number) => gzipSync(bytes.subarray(start, end), { level: 0 });
  const blocks = (end: number) =>
    Array.from({ length: Math.ceil(end / 60_000) }, (_, i) =>
      block(i * 60_000, Math.min((i + 1) * 60_000, end)),
    );
  const many = Buffer.concat(blocks(bytes.length));
  const damagedBlock = Buffer.from(many);
  damagedBlock.fill(0xff, middle, middle + 1000);
  const longAmong = Buffer.concat([...blocks(1_200_000), block(1_200_000, bytes.length)]);
  it.each([
    ['gzip', gzipSync(bytes)],
    ['gzip of several members', members],
    ['gzip of many members', many],
    ['many members, one of them damaged', damagedBlock],
    ['many members that break off', many.subarray(0, middle)],
    ['many members, then a long one', longAmong],
    ['many members, zeros behind them', Buffer.concat([many, Buffer.alloc(1024)])],
    ['tar in gzip', gzipSync(archive)],
    ['gzip in gzip', gzipSync(gzipSync(bytes))],
    ['zstd', zstdCompressSync(bytes)],
    ['gzip that breaks off', gzipSync(bytes).subarray(0, middle >> 1)],
    ['damaged gzip', damaged],
  ])('gives the same rows: %s', async (name, content) => {
    const file = join(folder, `${name}.bin`);
    writeFileSync(file, content);
    const { packets } = await expectSame(file);
    expect(packets!.length).toBeGreaterThan(1000);
  });

  it('gives the same rows: our own archive, out of order', async () => {
    const parts = mkdtempSync(join(folder, 'parts-'));
    const rotated = partsOf(bytes, 3);
    [2, 0, 1].forEach((part, at) => {
      writeFileSync(join(parts, `x.pcap${at}`), rotated[part]!);
    });
    const file = join(folder, 'own.tar.gz');
    const pieces: Uint8Array[] = [];
    for await (const piece of tarball(parts)) pieces.push(piece);
    writeFileSync(file, Buffer.concat(pieces));
    expect((await expectSame(file)).packets!.length).toBeGreaterThan(4000);
  });

  it.each(['not a capture', ''])('says that it holds no capture: %j', async text => {
    const file = join(folder, 'notes.gz');
    writeFileSync(file, gzipSync(text));
    const index = fresh();
    await expect(indexOnThreads(task(index), source(file))).rejects.toThrow(
      'notes.gz is no capture and no archive with one inside',
    );
    expect(filesIn(index)).toEqual([]);
  });

  it('ends all threads when the tables cannot be kept', async () => {
    const file = join(folder, 'full.gz');
    writeFileSync(file, gzipSync(bytes));
    await expect(indexOnThreads(task(unwritable()), source(file))).rejects.toThrow('ENOTDIR');
  });
});

it('says what is wrong with a file that is no capture, and leaves nothing behind', async () => {
  const text = join(folder, 'notes.txt');
  writeFileSync(text, 'not a capture');
  const index = fresh();
  const wrong = indexOnThreads(task(index), source(text));
  await expect(wrong).rejects.toThrow(
    new NotACapture('notes.txt is no capture and no archive with one inside'),
  );
  await expect(wrong).rejects.toBeInstanceOf(NotACapture);
  expect(filesIn(index)).toEqual([]);
});

it('ends the thread when the tables cannot be kept', async () => {
  const index = unwritable();
  await expect(indexOnThreads(task(index), source(path))).rejects.toThrow('ENOTDIR');
  expect(filesIn(index).filter(name => name.endsWith('.part'))).toEqual([]);
});

/** The folder of an index in which the table of connections has no place. */
function unwritable(): string {
  const index = fresh();
  mkdirSync(index, { recursive: true });
  writeFileSync(join(index, 'table=conn'), '');
  return index;
}
