import { Columns } from '../../../../lib/index/columns/columns.ts';
import { ROW_INTEGERS } from '../../../../lib/index/engine/row.ts';
import * as conn from '../../../../lib/index/kernel/conn.ts';
import { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import * as at from '../../../../lib/index/kernel/layout.ts';
import * as tables from '../../../../lib/index/kernel/tables.ts';

/** What is known of how much lies where, in the order of the memory. */
const PLACES: [what: string, start: number, end: number][] = [
  ['sightings', at.SIGHTINGS_AT, at.SIGHTINGS_AT + at.SIGHTINGS * at.SIGHTING_BYTES],
  [
    'batches of packets',
    at.PACKET_BATCHES_AT,
    at.PACKET_BATCHES_AT + at.PACKET_BATCHES * at.PACKET_BATCH_BYTES,
  ],
  ['batches of flows', at.FLOW_BATCHES_AT, at.FLOW_BATCHES_AT + at.FLOW_BATCHES * at.FLOW_BATCH_BYTES],
  ['columns of packets', at.SORT_AT, at.DUPLICATE_COLUMN + at.PACKET_RECORDS],
  ['input', at.INPUT_AT, at.INPUT_AT + at.INPUT_BYTES],
  ['slots of flows', at.SLOTS_AT, at.SLOTS_AT + at.MOST_FLOWS * 16],
  ['heap', at.HEAP_AT, at.HEAP_AT + at.HEAP_BYTES],
  ['rows of applications', at.TABLES_AT, tables.TTLS_AT + tables.LIST_ELEMENTS * 8],
  ['batches of such rows', at.ROW_BATCHES_AT, at.ROW_BATCHES_AT + at.ROW_BATCHES * at.ROW_BATCH_BYTES],
  ['columns of conn', at.CONN_AT, conn.KEPT_AT + conn.KEPT_TABLES * conn.KEPT_BYTES],
  ['rows of flows', at.ROWS_AT, at.ROWS_AT + at.MOST_FLOWS * ROW_INTEGERS * 4],
];

test('nothing lies where something else is, and all of it below 4 GiB', () => {
  for (const [i, [what, start, end]] of PLACES.entries()) {
    const next = PLACES[i + 1]?.[1] ?? 2 ** 32;
    expect({ what, start: start % 8, fits: end > start && end <= next }).toEqual({
      what,
      start: 0,
      fits: true,
    });
  }
});

test('a batch fits where it is put', () => {
  expect(conn.FLOW_RECORDS * conn.FLOW_RECORD_BYTES).toBeLessThanOrEqual(at.FLOW_BATCH_BYTES);
  expect(tables.ALONE_TTLS + tables.LIST_ELEMENTS * 8).toBeLessThanOrEqual(at.ROW_BATCH_BYTES);
  expect(tables.TEXTS_AT + 68 * tables.COLUMN_TEXTS).toBe(tables.ANSWERS_AT);
});

test('the programs keep their own constants apart, in front of all that the layout tells', () => {
  const kernel = Kernel.begin();
  const columns = new Columns(kernel.memory);
  expect(kernel.exports.staticEnd()).toBeLessThan(32768); // where those of the other begin; see scripts/build-kernel.ts
  expect(columns.exports.staticEnd()).toBeGreaterThan(32768);
  expect(columns.exports.staticEnd()).toBeLessThan(at.SIGHTINGS_AT);
  kernel.end();
});
