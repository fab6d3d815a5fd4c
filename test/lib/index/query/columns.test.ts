import fc from 'fast-check';
import {
  groupsWithin,
  openTable,
  rangeOf,
  readAllColumns,
  readColumns,
} from '../../../../lib/index/query/columns.ts';
import type { Cell } from '../../../../lib/index/query/parquet/column.ts';
import type { ColumnType, TableSchema } from '../../../../lib/index/table.ts';
import { VALUES } from '../store/parquet/values.ts';
import { type Rows, stored } from './stored-table.ts';

/** `order` of the rows of a row group: what is asked for first does not depend on what lies ahead of it. */
async function readBack(
  schema: TableSchema,
  rows: Rows,
  rowGroupSize?: number,
  order = (rows: number[]) => rows,
): Promise<Rows> {
  const { objects, file } = stored(schema, rows, rowGroupSize);
  const table = await openTable(objects, file);
  const found: Rows = Object.fromEntries(Object.keys(schema).map(name => [name, []]));
  let begin = 0;
  for await (const { columns, rows: count } of readAllColumns(table, Object.keys(schema))) {
    for (const [name, values] of Object.entries(found)) {
      for (const row of order([...Array(count).keys()])) values[begin + row] = columns(name)(row);
    }
    begin += count;
  }
  return found;
}

const backwards = (rows: number[]) => rows.toReversed();

describe('columns of our Parquet files', () => {
  it.each(Object.entries(VALUES) as [ColumnType, fc.Arbitrary<Cell>][])(
    'gives what was written: %s',
    async (type, value) => {
      const values = fc.array(fc.option(value, { nil: null, freq: 4 }), { minLength: 1, maxLength: 400 });
      await fc.assert(
        fc.asyncProperty(values, async a => {
          expect(await readBack({ a: type }, { a })).toEqual({ a });
          expect(await readBack({ a: type }, { a }, undefined, backwards)).toEqual({ a });
        }),
        { numRuns: 60 },
      );
    },
  );

  it('gives many values, in dictionaries and as deltas', async () => {
    const of = <T>(make: (i: number) => T) => Array.from({ length: 5000 }, (_, i) => make(i));
    const rows = {
      port: of(i => (i * 7919) % 65_536),
      ttl: of(i => i % 200),
      ts: of(i => 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000_007n * BigInt(i % 3)),
      host: of(i => `10.0.0.${i % 250}`),
      uid: of(i => `C${i}`),
      names: of(i => (i % 5 === 0 ? null : [`a${i % 7}.example`, 'b.example'])),
      up: of(i => (i % 11 === 0 ? null : i % 2 === 0)),
    };
    const schema: TableSchema = {
      port: 'int32',
      ttl: 'int32',
      ts: 'timestamp',
      host: 'string',
      uid: 'string',
      names: 'list<string>',
      up: 'boolean',
    };
    expect(await readBack(schema, rows, 2048)).toEqual(rows);
    const inLeaps = (rows: number[]) => rows.map((_, i) => (i * 1013) % rows.length);
    expect(await readBack(schema, rows, 2047, inLeaps)).toEqual(rows);
  });

  it('reads only what is asked for: not the columns of other names, not those without a value', async () => {
    const count = 20_000;
    const rows = {
      a: Array.from({ length: count }, (_, i) => i),
      big: Array.from({ length: count }, (_, i) => `text ${i} `.repeat(20)),
      none: new Array<null>(count).fill(null),
    };
    const { objects, file, reads } = stored({ a: 'int32', big: 'string', none: 'string' }, rows, count);
    const table = await openTable(objects, file);
    reads.length = 0;
    const columns = await readColumns(table, table.groups[0]!, ['a', 'none', 'of another version']);
    expect(columns('a')(19_999)).toBe(19_999);
    expect(columns('none')(3)).toBeNull();
    expect(columns('of another version')(3)).toBeNull();
    expect(reads).toHaveLength(1);
    expect(reads[0]).toBeLessThan(50_000);
  });

  it('finds row groups by statistics', async () => {
    const rows = { flow: Array.from({ length: 300 }, (_, i) => i * 2), name: new Array(300).fill('x') };
    const { objects, file } = stored({ flow: 'int32', name: 'string' }, rows);
    const table = await openTable(objects, file);
    const numbers = (values: number[]) =>
      groupsWithin(table, 'flow', values).map(group => table.groups.indexOf(group));
    expect(numbers([0])).toEqual([0]);
    expect(numbers([198, 200, 598])).toEqual([0, 1, 2]);
    expect(numbers([199])).toEqual([]); // between two row groups
    expect(numbers([-1, 599])).toEqual([]);
    expect(numbers([])).toEqual([]);
    expect(groupsWithin(table, 'name', [1])).toEqual(table.groups); // no statistics
    expect(rangeOf(table.groups[1]!, 'flow')).toEqual({ low: 200, high: 398 });
  });

  it('gives no column that was not read', async () => {
    const { objects, file } = stored({ a: 'int32', b: 'int32' }, { a: [1], b: [2] });
    const table = await openTable(objects, file);
    const columns = await readColumns(table, table.groups[0]!, ['a', 'absent']);
    expect([columns('a')(0), columns('absent')(0)]).toEqual([1, null]);
    expect(() => columns('b')).toThrow('the column b was not read');
  });

  it('says that a file is gone, or damaged', async () => {
    const { objects, file, bytes } = stored({ a: 'int32' }, { a: [1, 5, 1000] });
    await expect(openTable(objects, { ...file, key: 'other' })).rejects.toThrow(
      'other, which the index names, is gone; index the capture again',
    );
    const table = await openTable(objects, file);
    bytes[4] = 0; // the header of the first page
    const columns = await readColumns(table, table.groups[0]!, ['a']);
    expect(() => columns('a')).toThrow('Parquet page');
    bytes.fill(0);
    await expect(openTable(objects, file)).rejects.toThrow(
      'a.parquet is damaged (this is not Parquet); index the capture again',
    );
  });
});
