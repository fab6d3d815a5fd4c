import fc from 'fast-check';
import {
  AddressColumn,
  Int64Column,
  NullableColumn,
  TextColumn,
  TimeColumn,
} from '../../../../lib/index/applications/columns.ts';
import { type Column, textAt } from '../../../../lib/index/table.ts';
import { addressOf } from './harness.ts';

function valuesOf(column: Column, rows: number): unknown[] {
  return Array.from({ length: rows }, (_, row) => {
    if (!('values' in column)) return textAt(column, row) ?? null;
    return 'nulls' in column && column.nulls?.[row] === 1 ? null : column.values[row];
  });
}

describe('texts', () => {
  test('are those that were set, batch after batch, however alike they look', () => {
    const column = new TextColumn();
    // Of few letters, so that many have length, first, middle and last character in common.
    const text = fc.option(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 100 }), texts => {
        for (const [row, value] of texts.entries()) column.set(row, value);
        expect(valuesOf(column.column(texts.length), texts.length)).toEqual(texts);
        column.clear();
      }),
    );
  });

  test('that come again and again are held once', () => {
    const column = new TextColumn();
    for (let row = 0; row < 300; row++) column.set(row, row % 2 === 0 ? 'GET' : 'a-host.example');
    expect(column.column(300)).toMatchObject({ dictionary: ['GET', 'a-host.example'] });
  });
});

test('addresses are written as texts, batch after batch', () => {
  const column = new AddressColumn();
  const host = fc.oneof(
    fc.ipV4(),
    fc.constantFrom('0.0.0.0', '10.0.0.1', '255.255.255.255', '224.0.0.251', '::', '2001:db8::1'),
  );
  fc.assert(
    fc.property(fc.array(host, { maxLength: 600 }), hosts => {
      for (const [row, text] of hosts.entries()) column.set(row, addressOf(text));
      expect(valuesOf(column.column(hosts.length), hosts.length)).toEqual(hosts);
      column.clear();
    }),
  );
});

test('numbers of 64 bits are exact up to 2^53, and some rows have none', () => {
  const column = new Int64Column();
  const values = [0, 1, null, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
  for (const [row, value] of values.entries()) column.set(row, value);
  expect(valuesOf(column.column(values.length), values.length)).toEqual(
    values.map(value => (value === null ? null : BigInt(value))),
  );
});

test('a number takes the place of a null of the batch before, and the other way round', () => {
  const column = new NullableColumn(new Int32Array(2));
  column.set(0, null);
  column.set(1, 7);
  expect(valuesOf(column.column(2), 2)).toEqual([null, 7]);
  column.set(0, 8);
  column.set(1, null);
  expect(valuesOf(column.column(2), 2)).toEqual([8, null]);
});

test('times are exact, before and after the epoch of the capture, and beyond 2^53', () => {
  const time = fc.oneof(
    fc.maxSafeInteger(),
    fc.double({ min: -1e18, max: 1e18, noNaN: true }),
    fc.constantFrom(0, -1, 0.4, 2 ** 32, -(2 ** 32), 2 ** 53 + 2),
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), time, (epoch, nanoseconds) => {
      const column = new TimeColumn(epoch);
      column.set(0, nanoseconds);
      const expected = BigInt.asIntN(64, epoch + BigInt(Math.round(nanoseconds)));
      expect(valuesOf(column.column(1), 1)).toEqual([expected]);
    }),
  );
});
