import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { type RowGroup, readFooter } from '../../../../../lib/index/query/parquet/footer.ts';
import { physicalType } from '../../../../../lib/index/store/parquet/schema.ts';
import type { TableSchema } from '../../../../../lib/index/table.ts';
import { stored } from '../stored-table.ts';

const SCHEMA: TableSchema = {
  flow: 'int32',
  host: 'string',
  names: 'list<string>',
  ts: 'timestamp',
  delays: 'list<double>',
  rtt: 'double',
  up: 'boolean',
  bytes: 'int64',
};
const count = 250;
const of = <T>(make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
const ROWS = {
  flow: of(i => i * 3 - 100),
  host: of(i => (i < 100 ? null : `10.0.0.${i % 7}`)), // none in the first row group
  names: of(i => (i % 3 === 0 ? null : i % 3 === 1 ? [] : ['a', 'b'])),
  ts: of(i => 1_700_000_000_000_000_000n + BigInt(i) * 999_999_999n),
  delays: of(i => [i / 7]),
  rtt: of(i => (i % 2 === 0 ? null : i / 9)),
  up: of(i => i % 2 === 0),
  bytes: of(i => -5_000_000_000n + BigInt(i)),
};
const { bytes } = stored(SCHEMA, ROWS);

const read = (file: Uint8Array, guess: number): Promise<RowGroup[]> =>
  readFooter(async (start, end) => file.slice(start, end), file.length, guess);

it('tells what hyparquet reads in the same footer', async () => {
  const { row_groups, schema } = parquetMetadata(bytes.slice().buffer, {
    parsers: { timestampFromNanoseconds: nanoseconds => nanoseconds },
  });
  const groups = await read(bytes, 64 * 1024);
  expect(groups.map(({ rows }) => rows)).toEqual([100, 100, 50]);
  expect(schema.length).toBeGreaterThan(Object.keys(SCHEMA).length);
  for (const [i, group] of groups.entries()) {
    for (const [name, type] of Object.entries(SCHEMA)) {
      const theirs = row_groups[i]!.columns.find(column => column.meta_data!.path_in_schema[0] === name)!
        .meta_data!;
      const start = Number(theirs.dictionary_page_offset ?? theirs.data_page_offset);
      const isText = ['string', 'boolean', 'list<string>'].includes(type);
      expect({ name, ...group.column(name) }).toEqual({
        name,
        type: physicalType(type),
        isList: type.startsWith('list'),
        codec: 0,
        values: Number(theirs.num_values),
        nulls: Number(theirs.statistics!.null_count),
        low: isText ? undefined : theirs.statistics!.min_value,
        high: isText ? undefined : theirs.statistics!.max_value,
        start,
        end: start + Number(theirs.total_compressed_size),
      });
    }
    expect(group.column('other')).toBeUndefined();
  }
});

it('reads again where the footer is longer than was guessed', async () => {
  const describe = (groups: RowGroup[]) =>
    groups.map(group => Object.keys(SCHEMA).map(name => group.column(name)));
  const expected = describe(await read(bytes, bytes.length));
  for (const guess of [8, 9, 100, bytes.length - 1])
    expect(describe(await read(bytes, guess))).toEqual(expected);
});

it('refuses what is no Parquet, or claims to be longer than it is', async () => {
  await expect(read(new Uint8Array(0), 100)).rejects.toThrow(RangeError);
  await expect(read(bytes.slice(0, -1), 100)).rejects.toThrow('this is not Parquet');
  const long = bytes.slice();
  new DataView(long.buffer).setUint32(long.length - 8, long.length - 7, true);
  await expect(read(long, 100)).rejects.toThrow('longer than the file');
});

it('ends in time, with an answer or a RangeError, whatever the footer is made of', async () => {
  const length = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  const from = bytes.length - 8 - length;
  const changes = fc.array(fc.tuple(fc.nat(length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(changes, async changed => {
      const file = bytes.slice();
      for (const [at, byte] of changed) file[from + at] = byte;
      try {
        for (const group of await read(file, length + 8))
          for (const name of Object.keys(SCHEMA)) group.column(name);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 5000 },
  );
});
