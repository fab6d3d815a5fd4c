import { packBatch, unpackBatch } from '../../../lib/index/packed-columns.ts';
import type { Batch, Column } from '../../../lib/index/table.ts';

/** The columns as another thread gets them. */
function sent(columns: Record<string, Column>): Batch['columns'] {
  return unpackBatch(structuredClone(packBatch({ table: 'dns', rows: 3, columns }))).columns;
}

it('gives every kind of column back as it was, and leaves the sender its own', () => {
  const columns: Record<string, Column> = {
    int32: { values: Int32Array.of(1, -2, 3), nulls: Uint8Array.of(0, 1, 0) },
    int64: { values: BigInt64Array.of(1n, -(2n ** 60n), 3n) },
    double: { values: Float64Array.of(0.5, 1, 2), nulls: Uint8Array.of(1, 1, 0) },
    boolean: { values: Uint8Array.of(1, 0, 1) },
    fixed: { bytes: Uint8Array.from(Buffer.from('abcdef')), width: 2 },
    dictionary: { dictionary: ['a.example', '', 'ü😀\0,'], index: Int32Array.of(2, -1, 0) },
    texts: { values: ['', null, 'ü😀\0'] },
    none: { values: [null, null, null] },
    textLists: { values: [['a', ''], null, ['b']] },
    emptyLists: { values: [[], null, []] },
    numberLists: { values: [[1, 0.5], null, []] },
  };
  const before = structuredClone(columns);
  const got = sent(columns);
  expect(columns).toEqual(before);
  expect(got).toEqual(columns);
});

it('sends of reused arrays only the rows of the batch', () => {
  const shared = Int32Array.of(1, 2, 3, 4);
  const { port } = sent({ port: { values: shared.subarray(1, 3) } });
  expect(port).toEqual({ values: Int32Array.of(2, 3) });
  expect((port as { values: Int32Array }).values.buffer.byteLength).toBe(8);
});
