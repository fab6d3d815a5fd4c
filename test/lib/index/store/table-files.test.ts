import { gatherers } from '../../../../lib/index/store/parquet/gather/gatherer.ts';
import { TableFiles } from '../../../../lib/index/store/table-files.ts';
import type { Batch } from '../../../../lib/index/table.ts';
import { textListOf } from '../../../../lib/index/text-list.ts';
import type { Objects } from '../../../../lib/storage/objects.ts';

const IDENTITY = { cluster: 'c', capture: 'none', object: 'o', version: 'v' };

/** A store that keeps what arrives whole. */
function memory() {
  const stored = new Map<string, Buffer>();
  const objects = {
    async upload(key: string, body: AsyncIterable<Uint8Array>) {
      const parts: Buffer[] = [];
      for await (const part of body) parts.push(Buffer.from(part));
      stored.set(key, Buffer.concat(parts));
    },
  } as unknown as Objects;
  return { objects, stored };
}

const batch = (table: 'dns' | 'weird'): Batch => ({
  table,
  rows: 1,
  columns: {
    ts: { values: BigInt64Array.of(1_700_000_000_000_000_000n) },
    uid: { texts: textListOf(['C1']), index: Int32Array.of(0) },
  },
});

test('writes a file for each table that has rows, in the partition of their day', async () => {
  const { objects, stored } = memory();
  const files = new TableFiles(objects, 'index/', IDENTITY);
  files.write(batch('dns'));
  files.write({ table: 'http', rows: 0, columns: {} });
  files.write(batch('weird'));
  files.write(batch('dns'));
  files.finish();
  const made = await files.complete();
  expect(made.map(({ table, rows }) => [table, rows])).toEqual([
    ['dns', 2],
    ['weird', 1],
  ]);
  for (const { key, bytes } of made) {
    expect(key).toContain('day=2023-11-14');
    expect(stored.get(key)).toHaveLength(bytes);
  }
});

test('leaves nothing behind when it is given up', async () => {
  const { objects, stored } = memory();
  const files = new TableFiles(objects, 'index/', IDENTITY);
  files.write(batch('dns'));
  await files.abort();
  expect(stored.size).toBe(0);
});

test('gives its memory back once, though it is given up after it was complete', async () => {
  const files = new TableFiles(memory().objects, 'index/', IDENTITY);
  files.write(batch('dns'));
  files.finish();
  await files.complete();
  const next = gatherers.begin();
  await files.abort();
  expect(gatherers.begin()).not.toBe(next);
  expect(() => files.write(batch('weird'))).toThrow('rows come after the end of the tables');
});
