import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { gatherers } from '../../../../../lib/index/store/parquet/gather/gatherer.ts';
import { ParquetWriter } from '../../../../../lib/index/store/parquet/writer.ts';
import type { Batch, Column, ColumnType, TableSchema } from '../../../../../lib/index/table.ts';
import { textListOf } from '../../../../../lib/index/text-list.ts';
import { columnOf, VALUES, type Value } from './values.ts';

const folder = mkdtempSync(join(tmpdir(), 'parquet-'));
afterAll(() => rmSync(folder, { recursive: true }));

function encode(schema: TableSchema, batches: Batch[], rowGroupSize = 1000, rowGroupPerBatch = false) {
  const parts: Uint8Array[] = [];
  const writer = new ParquetWriter(
    schema,
    { rowGroupSize, rowGroupPerBatch },
    { write: bytes => parts.push(bytes.slice()) },
    gatherers.begin(),
  );
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return Buffer.concat(parts);
}

async function duckdb(file: Uint8Array, query: string) {
  const path = join(folder, 'table.parquet');
  writeFileSync(path, file);
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(query.replace('TABLE', `read_parquet('${path}')`));
  const rows = result.getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

function hyparquet(file: Buffer) {
  const bytes = new Uint8Array(file).buffer;
  return parquetReadObjects({
    file: { byteLength: bytes.byteLength, slice: (start, end) => bytes.slice(start, end) },
    parsers: { timestampFromNanoseconds: nanos => nanos },
  });
}

describe('Parquet writer', () => {
  it('gives back texts of one length, also behind others, but refuses others behind them', async () => {
    const schema: TableSchema = { uid: 'string' };
    const texts = Array.from({ length: 700 }, (_, row) => `C${String(row).padStart(4, '0')}`);
    const fixed = (from: number, to: number): Batch => ({
      table: 'conn',
      rows: to - from,
      columns: { uid: { bytes: Buffer.from(texts.slice(from, to).join('')), width: 5 } },
    });
    const file = encode(schema, [fixed(0, 1), fixed(1, 450), fixed(450, 700)], 300);
    expect((await hyparquet(file)).map(row => row.uid)).toEqual(texts);
    const other: Batch = { table: 'conn', rows: 1, columns: { uid: { values: ['C9'] } } };
    expect(() => encode(schema, [fixed(0, 2), other])).toThrow('column texts of 5 bytes');
    const mixed = encode(schema, [other, fixed(0, 2)]);
    expect((await hyparquet(mixed)).map(row => row.uid)).toEqual(['C9', ...texts.slice(0, 2)]);
  });

  it('keeps a text once that batches of one row group repeat, and none that no row has', () => {
    const texts = textListOf(Array.from({ length: 3000 }, (_, number) => `text ${number}`));
    const batch = (numbers: number): Batch => ({
      table: 'conn',
      rows: 4000,
      columns: { s: { texts, index: Int32Array.from({ length: 4000 }, (_, row) => row % numbers) } },
    });
    const size = (batches: Batch[]) => encode({ s: 'string' }, batches, 20_000).length;
    const indexes = (4000 * 11) / 8; // of each batch: 2,000 texts are told apart by 11 bits
    expect(size([batch(2000), batch(2000)]) - size([batch(2000)])).toBeLessThan(indexes + 50);
    expect(size([batch(1000)])).toBeLessThan(size([batch(2000)]) - 1000 * 8);
  });

  it('gives back texts and lists by their numbers, repeated, unused or in any order', async () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'a', 'b'.repeat(40)));
    const lists = fc.array(fc.array(text, { maxLength: 3 }), { minLength: 1, maxLength: 9 });
    const batches = fc.array(fc.tuple(lists, fc.array(fc.integer({ min: -1, max: 8 }), { minLength: 1 })), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 90 }), async (made, rowGroupSize) => {
        const expected: Record<string, unknown>[] = [];
        const list = made.map(([lists, numbers]): Batch => {
          const index = Int32Array.from(numbers, number => (number < lists.length ? number : -1));
          const starts = Int32Array.from([0, ...lists], (_, n) => lists.slice(0, n).flat().length);
          const lengths = lists.flat().map(text => text.length);
          for (const number of index) {
            const l = lists[number] ?? null;
            expected.push({ s: l?.join(' ') ?? null, l, d: l?.map(text => text.length) ?? null });
          }
          return {
            table: 'conn',
            rows: index.length,
            columns: {
              s: { texts: textListOf(lists.map(l => l.join(' '))), index },
              l: { elements: textListOf(lists.flat()), starts, index },
              d: { elements: Float64Array.from(lengths), starts, index },
            },
          };
        });
        const file = encode({ s: 'string', l: 'list<string>', d: 'list<double>' }, list, rowGroupSize);
        const rows = (await hyparquet(file)).map(row => ({ s: row.s, l: row.l ?? null, d: row.d ?? null }));
        expect(rows).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('ends a row group early that would hold too much text', async () => {
    const text = (row: number) => `${row}`.padStart(1 << 20, 'x');
    const batch = (row: number): Batch => ({
      table: 'http',
      rows: 1,
      columns: { uri: { texts: textListOf([text(row)]), index: Int32Array.of(0) } },
    });
    const file = encode(
      { uri: 'string' },
      Array.from({ length: 40 }, (_, row) => batch(row)),
    );
    expect(
      parquetMetadata(new Uint8Array(file).buffer).row_groups.map(group => Number(group.num_rows)),
    ).toEqual([16, 16, 8]);
    expect((await hyparquet(file)).every(({ uri }, row) => uri === text(row))).toBe(true);
  });

  for (const [type, arbitrary] of Object.entries(VALUES) as [ColumnType, fc.Arbitrary<Value>][]) {
    it(`gives back every ${type}, null or not, over several row groups`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: fc.constant(null) }), {
            maxLength: 500,
          }),
          fc.integer({ min: 1, max: 300 }),
          async (values, rowGroupSize) => {
            const batch: Batch = {
              table: 'conn',
              rows: values.length,
              columns: { v: columnOf(type, values) },
            };
            const file = encode({ v: type, empty: 'int32' }, [batch, batch], rowGroupSize);
            const rows = await hyparquet(file);
            // -0 and 0 are one value to a dictionary.
            const plain = (value: unknown) => (value === 0 ? 0 : (value ?? null)); // hyparquet reads a null list as undefined
            expect(rows.map(row => (Array.isArray(row.v) ? row.v.map(plain) : plain(row.v)))).toEqual(
              [...values, ...values].map(v => (Array.isArray(v) ? v.map(plain) : plain(v))),
            );
            expect(rows.every(row => row.empty === null)).toBe(true);
          },
        ),
        { numRuns: 150 },
      );
    });
  }

  it('gives back rows of batches that have all, no or some values, in whichever order', async () => {
    const kinds = ['all', 'none', 'some', 'absent'] as const;
    const value = (kind: (typeof kinds)[number], row: number) =>
      kind === 'all' || (kind === 'some' && row % 3 > 0) ? row : null;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (order, rowGroupSize, perBatch) => {
          const batches = order.map((kind): Batch => {
            const cells = Array.from({ length: 9 }, (_, row) => value(kind, row));
            const texts = cells.map(cell => (cell === null ? null : `t${cell}`));
            const columns: Record<string, Column> = {
              n: columnOf('int32', cells),
              s: {
                texts: textListOf(texts.map(text => text ?? '')),
                index: Int32Array.from(cells, cell => cell ?? -1),
              },
              l: { values: texts.map(text => (text === null ? null : [text])) },
            };
            return { table: 'conn', rows: 9, columns: kind === 'absent' ? {} : columns };
          });
          const file = encode(
            { n: 'int32', s: 'string', l: 'list<string>' },
            batches,
            rowGroupSize,
            perBatch,
          );
          const expected = order.flatMap(kind => Array.from({ length: 9 }, (_, row) => value(kind, row)));
          const rows = await hyparquet(file);
          expect(rows.map(row => row.n ?? null)).toEqual(expected);
          expect(rows.map(row => row.s ?? null)).toEqual(expected.map(n => (n === null ? null : `t${n}`)));
          expect(rows.map(row => row.l ?? null)).toEqual(expected.map(n => (n === null ? null : [`t${n}`])));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('writes what DuckDB reads: all types, nulls, dictionaries, deltas, lists, nanoseconds', async () => {
    const rows = 5000;
    const seconds = (row: number) => 1_700_000_000_000_000_000n + BigInt(row % 7) * 1_000_000_007n;
    const indexes = Array.from({ length: rows }, (_, row) => row);
    const batch: Batch = {
      table: 'conn',
      rows,
      columns: {
        ts: { values: BigInt64Array.from(indexes, seconds) },
        far: { values: BigInt64Array.from(indexes, row => (row % 2 ? 2n ** 62n : -(2n ** 62n))) },
        near: { values: BigInt64Array.from(indexes, row => BigInt(row) * 123_456_789_012n) },
        port: { values: Int32Array.from(indexes, row => (row * 7919) % 65536) },
        flags: {
          values: Int32Array.from(indexes, row => row % 32),
          nulls: Uint8Array.from(indexes, row => (row % 3 ? 0 : 1)),
        },
        same: { values: new Int32Array(rows).fill(443) },
        rtt: { values: Float64Array.from(indexes, row => row / 8) },
        cut: { values: Uint8Array.from(indexes, row => (row % 5 === 0 ? 1 : 0)) },
        uid: { bytes: Buffer.from(indexes.map(row => `C${row + 10_000}`).join('')), width: 6 },
        host: {
          texts: textListOf(['10.0.0.1', '10.0.0.2', 'never']),
          index: Int32Array.from(indexes, row => ((row % 3) - 1 > 1 ? 0 : (row % 3) - 1)),
        },
        names: { values: indexes.map(row => (row % 4 ? [`n${row % 10}`, 'ü'] : row % 8 ? [] : null)) },
        ttls: { values: indexes.map(row => (row % 2 ? [row, 0.5] : null)) },
      },
    };
    const schema: TableSchema = {
      ts: 'timestamp',
      far: 'int64',
      near: 'int64',
      port: 'int32',
      flags: 'int32',
      same: 'int32',
      rtt: 'double',
      cut: 'boolean',
      uid: 'string',
      host: 'string',
      names: 'list<string>',
      ttls: 'list<double>',
      absent: 'string',
      absentList: 'list<string>',
    };
    const file = encode(schema, [batch], 1777);
    const [result] = await duckdb(
      file,
      `
      select count(*) as rows, count(distinct uid) as uids, sum(port) as ports, sum(flags) as flags, count(flags) as flagged,
        max(same) as same, sum(rtt) as rtt, count_if(cut) as cut, count_if(host = '10.0.0.2') as host, count(host) as hosts,
        count_if(names = ['n1', 'ü']) as names, count_if(len(names) = 0) as none, count(ttls) as lists, sum(list_sum(ttls)) as ttls,
        count(distinct ts) as times, min(ts)::varchar as first, max(far) as far, max(near) as near, count(absent) as absent, count(absentList) as absentList
      from TABLE`,
    );
    expect(result).toEqual({
      rows: '5000',
      uids: '5000',
      ports: String(indexes.reduce((sum, row) => sum + ((row * 7919) % 65536), 0)),
      flags: String(indexes.reduce((sum, row) => sum + (row % 3 ? row % 32 : 0), 0)),
      flagged: String(indexes.filter(row => row % 3).length),
      same: 443,
      rtt: (4999 * 5000) / 2 / 8,
      cut: '1000',
      host: String(indexes.filter(row => row % 3 === 2).length),
      hosts: String(indexes.filter(row => row % 3).length),
      names: String(indexes.filter(row => row % 4 && row % 10 === 1).length),
      none: '625',
      lists: '2500',
      ttls: indexes.reduce((sum, row) => sum + (row % 2 ? row + 0.5 : 0), 0),
      times: '7',
      first: '2023-11-14 22:13:20',
      far: String(2n ** 62n),
      near: String(4999n * 123_456_789_012n),
      absent: '0',
      absentList: '0',
    });
    const types = await duckdb(file, 'select typeof(ts) as ts, typeof(names) as names from TABLE limit 1');
    expect(types).toEqual([{ ts: 'TIMESTAMP_NS', names: 'VARCHAR[]' }]);
  });

  it('writes row groups that are larger than any buffer was before', async () => {
    const rows = 300_000;
    const index = Array.from({ length: rows }, (_, row) => row);
    const mix = (row: number) => Math.imul(row + 1, 0x9e3779b1) >>> 0;
    const columns = {
      flow: { values: Int32Array.from(index, mix) },
      ts: { values: BigInt64Array.from(index, row => 1_700_000_000_000_000_000n + BigInt(mix(row)) * 100n) },
      far: { values: BigInt64Array.from(index, row => BigInt(mix(row)) << 25n) },
      near: { values: BigInt64Array.from(index, row => BigInt(mix(row) >>> 8)) },
      name: { values: index.map(row => `name-${mix(row)}`) },
      half: { values: Float64Array.from(index, row => mix(row) / 2) },
    };
    const schema: TableSchema = {
      flow: 'int32',
      ts: 'timestamp',
      far: 'int64',
      near: 'int64',
      name: 'string',
      half: 'double',
    };
    const file = encode(schema, [{ table: 'packets', rows, columns }], 131_072);
    const sum = (value: (row: number) => bigint) => String(index.reduce((all, row) => all + value(row), 0n));
    expect(
      await duckdb(
        file,
        `select sum(flow) as flow, sum(epoch_ns(ts) - 1700000000000000000) as ts, sum(far) as far,
        sum(near) as near, count(distinct name) as names, sum(half * 2)::hugeint as half from TABLE`,
      ),
    ).toEqual([
      {
        flow: sum(row => BigInt(mix(row) | 0)),
        ts: sum(row => BigInt(mix(row)) * 100n),
        far: sum(row => BigInt(mix(row)) << 25n),
        near: sum(row => BigInt(mix(row) >>> 8)),
        names: String(rows),
        half: sum(row => BigInt(mix(row))),
      },
    ]);
  });

  it('keeps statistics by which a reader skips row groups', () => {
    const values = Int32Array.from({ length: 3000 }, (_, row) => row);
    const file = encode(
      { flow: 'int32' },
      [{ table: 'packets', rows: 3000, columns: { flow: { values } } }],
      1000,
    );
    const metadata = parquetMetadata(new Uint8Array(file).buffer);
    const bounds = metadata.row_groups.map(group => group.columns[0]?.meta_data?.statistics);
    expect(bounds).toMatchObject([
      { min_value: 0, max_value: 999, null_count: 0n },
      { min_value: 1000, max_value: 1999 },
      { min_value: 2000, max_value: 2999 },
    ]);
  });

  it('gives back what is no number, also where all else is the same', async () => {
    for (const values of [
      [1, Number.NaN, 1],
      [Number.NaN, 1],
      [Number.NaN, Number.NaN],
    ]) {
      const columns = { d: { values: Float64Array.from(values) } };
      const file = encode({ d: 'double' }, [{ table: 'conn', rows: values.length, columns }]);
      expect((await hyparquet(file)).map(({ d }) => d)).toEqual(values);
    }
  });

  it('keeps statistics of each kind of number, negative ones too', () => {
    const columns: Record<string, Column> = {
      far: { values: BigInt64Array.of(-(2n ** 62n), 5n, 2n ** 62n) },
      near: { values: BigInt64Array.of(-5n, 0n, 7n), nulls: Uint8Array.of(0, 1, 0) },
      half: { values: Float64Array.of(0.5, -1.5, 0) },
      n: { values: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1) },
      none: { values: new Int32Array(3), nulls: Uint8Array.of(1, 1, 1) },
    };
    const schema: TableSchema = { far: 'int64', near: 'int64', half: 'double', n: 'int32', none: 'int32' };
    const metadata = parquetMetadata(
      new Uint8Array(encode(schema, [{ table: 'conn', rows: 3, columns }])).buffer,
    );
    expect(metadata.row_groups[0]!.columns.map(chunk => chunk.meta_data?.statistics)).toEqual([
      expect.objectContaining({ min_value: -(2n ** 62n), max_value: 2n ** 62n, null_count: 0n }),
      expect.objectContaining({ min_value: -5n, max_value: 7n, null_count: 1n }),
      expect.objectContaining({ min_value: -1.5, max_value: 0.5 }),
      expect.objectContaining({ min_value: -(2 ** 31), max_value: 2 ** 31 - 1 }),
      expect.objectContaining({ null_count: 3n, min_value: undefined, max_value: undefined }),
    ]);
  });

  it('ends a row group with each batch where asked to', () => {
    const batch: Batch = { table: 'packets', rows: 10, columns: { flow: { values: new Int32Array(10) } } };
    const file = encode({ flow: 'int32' }, [batch, batch], 1000, true);
    expect(parquetMetadata(new Uint8Array(file).buffer).row_groups.map(group => group.num_rows)).toEqual([
      10n,
      10n,
    ]);
  });

  it('makes a readable file without a row', async () => {
    const file = encode({ flow: 'int32', names: 'list<string>' }, []);
    expect(await duckdb(file, 'select count(*) as rows from TABLE')).toEqual([{ rows: '0' }]);
  });

  it('refuses a column of the wrong kind and a column that the table does not have', () => {
    const values = new Float64Array(1);
    expect(() =>
      encode({ flow: 'int32' }, [{ table: 'packets', rows: 1, columns: { flow: { values } } }]),
    ).toThrow('column flow does not hold Int32Array');
    expect(() =>
      encode({ flow: 'int32' }, [{ table: 'packets', rows: 1, columns: { flaw: { values } } }]),
    ).toThrow('table packets has no column flaw');
  });

  it('leaves no trace of a batch that changes after it was written', async () => {
    const values = Int32Array.of(1, 2, 3);
    const writer: Uint8Array[] = [];
    const parquet = new ParquetWriter(
      { flow: 'int32' },
      { rowGroupSize: 10 },
      { write: bytes => writer.push(bytes.slice()) },
      gatherers.begin(),
    );
    parquet.write({ table: 'packets', rows: 3, columns: { flow: { values } } });
    values.fill(9);
    parquet.finish();
    expect(await hyparquet(Buffer.concat(writer))).toEqual([{ flow: 1 }, { flow: 2 }, { flow: 3 }]);
  });
});
