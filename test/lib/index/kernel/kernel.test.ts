import { readFileSync } from 'node:fs';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import { MOST_FLOWS } from '../../../../lib/index/kernel/layout.ts';
import { shared } from '../../../shared.ts';
import { Collector } from '../engine/collect.ts';

const FILE = '14_linux_dlt_sll2.pcap';

async function indexed(file: string, pieces = 1) {
  const bytes = new Uint8Array(readFileSync(shared('data/captures', file)));
  const length = Math.ceil(bytes.length / pieces);
  const tables = new Collector();
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += length) {
      yield bytes.subarray(at, at + length);
      await new Promise(resolve => setImmediate(resolve)); // others have their turn
    }
  })();
  const source = { ...streamSource(file, chunks), identity: 'same' };
  const { summary } = await indexCapture(source, tables, { analysers: startAnalysers });
  return { summary, conn: tables.table('conn'), packets: tables.table('packets') };
}

it('remembers nothing of the capture before', async () => {
  const first = await indexed(FILE);
  expect(await indexed(FILE)).toEqual(first);
  await indexed('02_example.pcap');
  expect(await indexed(FILE)).toEqual(first);
});

it('keeps captures apart that are read at the same time', async () => {
  const files = [FILE, '02_example.pcap', FILE, '03_many-protocols.pcap'];
  const alone = [];
  for (const file of files) alone.push(await indexed(file, 20));
  expect(await Promise.all(files.map(file => indexed(file, 20)))).toEqual(alone);
});

it('serves one capture after the other', () => {
  const kernel = Kernel.begin();
  const other = Kernel.begin();
  expect(other).not.toBe(kernel);
  kernel.end();
  expect(Kernel.begin()).toBe(kernel);
});

it('keeps the rows that there were when it makes room for more, up to a bound', () => {
  const kernel = Kernel.begin();
  const few = kernel.reserveRows(512)!;
  few.integers.fill(7);
  const { integers, doubles } = kernel.reserveRows(100_000)!;
  expect(integers.subarray(0, few.integers.length).every(value => value === 7)).toBe(true);
  expect(integers.at(-1)).toBe(0);
  expect(doubles.length * 2).toBe(integers.length);
  expect(kernel.reserveRows(MOST_FLOWS + 1)).toBeUndefined();
  expect(kernel.reserveRows(MOST_FLOWS)!.integers.at(-1)).toBe(0); // none of which takes memory before it is used
});
