import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { fileSource } from '../../../../lib/index/engine/source.ts';
import { readCapture, readOnThread } from '../../../../lib/index/threads/read-capture.ts';
import { standByFor, takeReader, WORTH_A_THREAD } from '../../../../lib/index/threads/reader-worker.ts';
import { NotACapture } from '../../../../lib/pcap/errors.ts';
import { shared } from '../../../shared.ts';
import { Collector } from '../engine/collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'read-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = shared('data/captures/03_many-protocols.pcap');
const source = { ...fileSource(path), path, identity: 'the same for all' };
const ignore = () => {};

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('ustar\0' + '00', 257);
  header[156] = 0x30;
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

it('gives the same rows on a thread of its own, however slowly they are taken', async () => {
  const expected = new Collector();
  const here = await indexCapture(source, expected, { analysers: startAnalysers });
  const tables = new Collector();
  tables.drain = () => new Promise(resolve => setTimeout(resolve, 5));
  const there = await readOnThread(source, tables, ignore);
  expect(there).toEqual(here);
  expect(tables.batches).toEqual(expected.batches);
  expect(tables.rows).toEqual(expected.rows);
  expect(tables.table('dns').length).toBeGreaterThan(0);
});

it('takes the thread that was started for a large file before its program was loaded', async () => {
  const large = join(folder, 'large.pcap');
  writeFileSync(large, readFileSync(path));
  standByFor(join(folder, 'absent.pcap'));
  standByFor(large); // too small
  truncateSync(large, WORTH_A_THREAD);
  standByFor(large);
  standByFor(large); // one is enough
  const standing = takeReader();
  const other = takeReader();
  expect(other.threadId).toBeGreaterThan(standing.threadId);
  await Promise.all([standing.terminate(), other.terminate()]);
  standByFor(large);
  const expected = new Collector();
  const here = await indexCapture(source, expected, { analysers: startAnalysers });
  const tables = new Collector();
  expect(await readOnThread(source, tables, ignore)).toEqual(here);
  expect(tables.rows).toEqual(expected.rows);
});

describe('of a file that a further thread inflates', () => {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  const members = Buffer.concat(
    [0, 1, 2, 3].map(part => gzipSync(bytes.subarray(part << 20, (part + 1) << 20))),
  );
  const archive = Buffer.concat([tarHeader('one.pcap', bytes.length), bytes, Buffer.alloc(2048)]);
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
    const compressed = { ...fileSource(file), path: file, identity: 'the same for all' };
    const expected = new Collector();
    const here = await indexCapture(compressed, expected, { analysers: startAnalysers });
    const tables = new Collector();
    const there = await readOnThread(compressed, tables, ignore);
    expect(there).toEqual(here);
    // When idle flows are looked for depends on how the bytes come in pieces, and with it the order of rows.
    const sorted = ({ rows }: Collector) =>
      Object.values(rows).map(table => table.map(row => inspect(row, { depth: 9 })).sort());
    expect(sorted(tables)).toEqual(sorted(expected));
    expect(there.summary.packets).toBeGreaterThan(1000);
  });

  it('says that it holds no capture', async () => {
    const file = join(folder, 'notes.gz');
    writeFileSync(file, gzipSync('not a capture'));
    const wrong = readOnThread({ ...fileSource(file), path: file }, new Collector(), ignore);
    await expect(wrong).rejects.toThrow('notes.gz is no capture and no archive with one inside');
  });

  it('ends both threads when the tables cannot be kept', async () => {
    const file = join(folder, 'full.gz');
    writeFileSync(file, gzipSync(bytes));
    const full = new Collector();
    full.drain = async () => {
      throw new Error('no space left');
    };
    const failing = readOnThread({ ...fileSource(file), path: file }, full, ignore);
    await expect(failing).rejects.toThrow('no space left');
  });
});

it('reads a small file without a thread', async () => {
  const tables = new Collector();
  const { summary } = await readCapture(source, tables);
  expect(summary.packets).toBe(4709);
  expect(tables.table('conn').length).toBe(summary.flows);
});

it('says what is wrong with a file that is no capture', async () => {
  const text = join(folder, 'notes.txt');
  writeFileSync(text, 'not a capture');
  const wrong = readOnThread({ ...fileSource(text), path: text }, new Collector(), ignore);
  await expect(wrong).rejects.toThrow(
    new NotACapture('notes.txt is no capture and no archive with one inside'),
  );
  await expect(wrong).rejects.toBeInstanceOf(NotACapture);
});

it('ends the thread when the tables cannot be kept', async () => {
  const full = new Collector();
  full.drain = async () => {
    throw new Error('no space left');
  };
  await expect(readOnThread(source, full, ignore)).rejects.toThrow('no space left');
});
