import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cut } from '../../../lib/index/cut/cut.ts';
import { parseExpression } from '../../../lib/index/cut/expression/parse.ts';
import { fileSource } from '../../../lib/index/engine/source.ts';
import { indexObject } from '../../../lib/index/index-object.ts';
import { tableFiles, wholeCatalog } from '../../../lib/index/query/catalog.ts';
import { type Row, readRows } from '../../../lib/index/query/rows.ts';
import { tarball } from '../../../workload/tarball.ts';
import { shared } from '../../shared.ts';
import { tar } from '../pcap/mutate.ts';
import { partsOf } from '../pcap/parts.ts';
import { MemoryObjects } from './memory-objects.ts';

const folder = mkdtempSync(join(tmpdir(), 'reordered-'));
afterAll(() => rmSync(folder, { recursive: true }));

const example = shared('data/captures/02_example.pcap');
const capture = readFileSync(example);

/** An archive of parts of the example, in this order. */
function archive(order: number[], name = (part: number) => `x.pcap${part}`): Buffer {
  const parts = partsOf(capture, order.length);
  return tar(order.map(part => ({ name: name(part), bytes: parts[part]! })));
}

/** As the capture workload packs a folder: many gzip members, parts in the order of their names. */
async function ownTarball(parts: Buffer[]): Promise<Buffer> {
  const source = mkdtempSync(join(folder, 'own-'));
  parts.forEach((bytes, part) => {
    writeFileSync(join(source, `x.pcap${part}`), bytes);
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of tarball(source)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function index(file: Buffer, rechunk = false) {
  const objects = new MemoryObjects();
  const path = join(folder, 'file');
  writeFileSync(path, file);
  await indexObject({
    objects,
    prefix: '',
    origin: { bucket: 'b', key: 'file', etag: 'e', size: file.length, cluster: 'prod' },
    sequencer: '01',
    source: { ...fileSource(path), identity: 'the same for all' },
    rechunk,
    now: () => new Date(0),
  });
  const catalog = await wholeCatalog(objects, '');
  const reads = { ranges: 0, whole: 0 };
  const make = async (text: string) => {
    const wanted = { type: 'where', expression: parseExpression(text), text } as const;
    const { content } = await cut(catalog, wanted, async () => ({
      size: file.length,
      async read(start, end) {
        reads.ranges++;
        return file.subarray(start, end);
      },
      async *stream() {
        reads.whole++;
        yield file;
      },
    }));
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part.slice());
    const out = join(folder, 'out.pcapng');
    writeFileSync(out, Buffer.concat(parts));
    return tshark(out);
  };
  return { objects, catalog, reads, cut: make };
}

/** The packets that tshark reads, each as one line. */
function tshark(path: string, filter = ''): string[] {
  const fields = ['frame.time_epoch', 'frame.len', 'frame.protocols', 'ip.id', 'tcp.seq_raw', 'udp.length'];
  const args = ['-r', path, '-T', 'fields', ...fields.flatMap(field => ['-e', field]), '-Y', filter];
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
  return execFileSync('tshark', args, { encoding: 'utf8', stdio, maxBuffer: 1e8 }).split('\n').slice(0, -1);
}

const lexical = [0, 1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9];

describe('cutting from an archive that was read in another order', () => {
  it.each<[string, () => Buffer | Promise<Buffer>, boolean, 'ranges' | 'copy' | 'whole']>([
    ['.pcap10 before .pcap2', () => archive(lexical), false, 'ranges'],
    ['a ring that wrapped', () => archive([3, 4, 0, 1, 2]), false, 'ranges'],
    ['the same in one gzip member', () => gzipSync(archive([3, 4, 0, 1, 2])), false, 'whole'],
    ['the same, to be written anew', () => gzipSync(archive([3, 4, 0, 1, 2])), true, 'copy'],
    ['parts that the workload packed', () => ownTarball(rotated(partsOf(capture, 4))), true, 'ranges'],
  ])('gives the packets of a flow, in order of time: %s', async (_name, file, rechunk, way) => {
    const { cut, reads, catalog } = await index(await file(), rechunk);
    expect(await cut('port 53')).toEqual(tshark(example, 'udp.port == 53 || tcp.port == 53'));
    expect(await cut('port 44147')).toEqual(tshark(example, 'tcp.port == 44147'));
    expect({ ranges: reads.ranges > 0, whole: reads.whole > 0 }).toEqual({
      ranges: way === 'ranges',
      whole: way === 'whole',
    });
    expect(catalog.indexed[0]!.archive !== null).toBe(way === 'copy');
    expect(catalog.indexed[0]!.summary).toMatchObject({ packets: 4631, partial: false });
  });

  it('gives the packets of several interfaces, whose parts overlap', async () => {
    const halves = [0, 1].map(parity => everyOther(parity));
    const parts = halves.flatMap(bytes => partsOf(bytes, 3));
    const file = tar(parts.map((bytes, at) => ({ name: `eth${at}.pcap`, bytes })));
    const { cut } = await index(file);
    expect((await cut('port 53')).sort()).toEqual(tshark(example, 'udp.port == 53 || tcp.port == 53').sort());
  });
});

it('keeps nothing of the first reading', async () => {
  const rows = async (file: Buffer) => {
    const { objects, catalog } = await index(file);
    const all: Row[] = [];
    for (const table of tableFiles(catalog, 'conn'))
      for await (const row of readRows(objects, table)) all.push(row);
    return { keys: objects.keys().length, uids: all.map(({ uid }) => String(uid)).sort() };
  };
  expect(await rows(archive([3, 4, 0, 1, 2]))).toEqual(await rows(archive([0, 1, 2, 3, 4])));
});

function rotated(parts: Buffer[]): Buffer[] {
  return [...parts.slice(2), ...parts.slice(0, 2)];
}

/** A capture of every second packet. */
function everyOther(parity: number): Buffer {
  const records = partsOf(capture, 4631).map(part => part.subarray(24));
  return Buffer.concat([capture.subarray(0, 24), ...records.filter((_, at) => at % 2 === parity)]);
}
