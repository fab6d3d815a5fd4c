import fc from 'fast-check';
import type { Cell } from '../../../../../lib/index/query/parquet/column.ts';
import type { Column, ColumnType } from '../../../../../lib/index/table.ts';

export type Value = string | number | bigint | boolean | string[] | number[] | null;

/** Builds a column from plain values, as the engine would. */
export function columnOf(type: ColumnType, values: readonly (Value | Cell)[]): Column {
  const nulls = Uint8Array.from(values, value => (value === null ? 1 : 0));
  switch (type) {
    case 'int32':
      return { values: Int32Array.from(values, value => Number(value ?? 0)), nulls };
    case 'int64':
    case 'timestamp':
      return { values: BigInt64Array.from(values, value => BigInt((value as bigint | null) ?? 0)), nulls };
    case 'double':
      return { values: Float64Array.from(values, value => Number(value ?? 0)), nulls };
    case 'boolean':
      return { values: Uint8Array.from(values, value => (value ? 1 : 0)), nulls };
    default:
      return { values: values as string[] };
  }
}

/** Values of each type: near and far, few and many. */
export const VALUES: Record<ColumnType, fc.Arbitrary<Value>> = {
  int32: fc.oneof(fc.integer(), fc.integer({ min: 0, max: 5 })),
  int64: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: 0n, max: 2n ** 49n }),
  ),
  timestamp: fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_700_000_900_000_000_000n }),
  double: fc.oneof(fc.double({ noNaN: true }), fc.constant(0.25)),
  boolean: fc.boolean(),
  string: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('tcp', 'udp', '')),
  'list<string>': fc.array(fc.string(), { maxLength: 4 }),
  'list<double>': fc.array(fc.double({ noNaN: true }), { maxLength: 4 }),
};
