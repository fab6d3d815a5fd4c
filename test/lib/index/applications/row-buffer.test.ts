import { BATCH_ROWS, TextColumn } from '../../../../lib/index/applications/columns.ts';
import { RowBuffer } from '../../../../lib/index/applications/row-buffer.ts';
import type { Batch } from '../../../../lib/index/table.ts';
import { flowRef, type Row, rowsOf, uids } from './harness.ts';

/** A table with a column of its own, and the batches that its rows make. */
function open(): { buffer: RowBuffer<string>; batches: Row[][] } {
  const batches: Row[][] = [];
  const sink = { write: (batch: Batch) => void batches.push(rowsOf(batch)), drain: async () => {} };
  const query = new TextColumn();
  const writer = { columns: { query }, write: (row: number, seen: string) => query.set(row, seen) };
  return { buffer: new RowBuffer('dns', { sink, epoch: 1000n, uids }, writer), batches };
}

test('a row has what its flow has, and what its table adds', () => {
  const { buffer, batches } = open();
  buffer.add(flowRef({ flow: 5 }), 7, 'x.test');
  buffer.flush();
  expect(batches).toEqual([
    [
      {
        ts: 1007n,
        uid: uids.text(5),
        flow: 5,
        id_orig_h: '10.0.0.1',
        id_orig_p: 40000,
        id_resp_h: '10.0.0.2',
        id_resp_p: 443,
        query: 'x.test',
      },
    ],
  ]);
});

test('a full batch is written at once, the rest when asked for, all in order', () => {
  const { buffer, batches } = open();
  const names = Array.from({ length: 2 * BATCH_ROWS + 3 }, (_, i) => `${i % 700}.test`);
  for (const [i, name] of names.entries()) buffer.add(flowRef({ flow: i }), i, name);
  expect(batches.map(batch => batch.length)).toEqual([BATCH_ROWS, BATCH_ROWS]);
  buffer.flush();
  expect(batches.flat().map(row => row.query)).toEqual(names);
  expect(batches.flat().map(row => row.flow)).toEqual(names.map((_, i) => i));
});

test('without a row nothing is written', () => {
  const { buffer, batches } = open();
  buffer.flush();
  expect(batches).toEqual([]);
});
