import fc from 'fast-check';
import { earliestRows } from '../../../../lib/index/query/earliest.ts';
import { stored } from './stored-table.ts';

const START = 1_700_000_000_000_000_000n;
const SCHEMA = { ts: 'timestamp', flow: 'int32', conn_state: 'string', uid: 'string' } as const;

/** A file of flows at the given seconds, in row groups of ten. */
function flows(seconds: readonly number[]) {
  return stored(
    SCHEMA,
    {
      ts: seconds.map(second => START + BigInt(second) * 1_000_000_000n),
      flow: seconds.map((_, i) => i),
      conn_state: seconds.map(second => (second % 3 === 0 ? 'S0' : 'SF')),
      uid: seconds.map(second => `${second} `.repeat(500)),
    },
    10,
  );
}

const failed = { columns: ['conn_state'], test: (row: Record<string, unknown>) => row.conn_state === 'S0' };

describe('the earliest rows', () => {
  const seconds = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 100 });

  it('are those that sorting all of them gives, and all are counted', async () => {
    await fc.assert(
      fc.asyncProperty(
        seconds,
        fc.constantFrom(1, 3, 20, Infinity),
        fc.boolean(),
        async (times, limit, some) => {
          const { objects, file } = flows(times);
          const question = { columns: ['flow'], limit, condition: some ? failed : undefined };
          const { found, count } = await earliestRows(objects, [file], question);
          const all = times.filter(time => !some || time % 3 === 0).sort((a, b) => a - b);
          expect(count).toBe(all.length);
          expect(found.map(({ row }) => times[Number(row.flow)])).toEqual(all.slice(0, limit));
          expect(found.every(one => one.file === file && Object.keys(one.row).length === 1)).toBe(true);
        },
      ),
    );
  });

  it('are found without reading row groups that begin later', async () => {
    const { objects, file, bytes, reads } = flows(Array.from({ length: 500 }, (_, i) => i));
    const { found, count } = await earliestRows(objects, [file], { columns: Object.keys(SCHEMA), limit: 5 });
    expect({ count, flows: found.map(({ row }) => row.flow) }).toEqual({
      count: 500,
      flows: [0, 1, 2, 3, 4],
    });
    const ofRows = reads.slice(1).reduce((sum, read) => sum + read, 0); // after the footer
    expect(ofRows).toBeLessThan(bytes.length / 25);
  });

  it('are none of a table without files', async () => {
    const { objects } = flows([1]);
    expect(await earliestRows(objects, [], { columns: ['flow'], limit: 5 })).toEqual({ found: [], count: 0 });
  });
});
