import fc from 'fast-check';
import { Resolvers } from '../../../../../lib/index/findings/queries/resolvers.ts';
import * as sign from '../../../../../lib/index/findings/signs.ts';
import { batchOf, type Cells } from '../batches.ts';

const ALL = sign.UNANSWERED_QUERY | sign.FAILED_QUERY | sign.NO_SUCH_NAME | sign.SLOW_ANSWER;
const MULTICAST = ['224.0.0.251', '224.0.0.252', 'ff02::fb', 'ff02::1:3'];
const SLOW = 0.5;

const made: Resolvers[] = [];
afterEach(() => {
  for (const resolvers of made.splice(0)) resolvers.end();
});

function begin(): Resolvers {
  const resolvers = new Resolvers();
  made.push(resolvers);
  return resolvers;
}

const count = (resolvers: Resolvers, rows: Cells[], wanted = ALL) => [
  ...resolvers.count(batchOf('dns', rows), wanted, SLOW),
];

const row = fc.record({
  id_resp_h: fc.constantFrom(
    '10.0.0.10',
    '10.0.0.11',
    '2001:db8::53',
    '224.0.0.25',
    '224.0.0.2511',
    'ff02::1:35',
    ...MULTICAST,
  ),
  id_resp_p: fc.constantFrom(53, 5353),
  query: fc.constantFrom(null, 'a.test', 'b.test', ''),
  rcode: fc.constantFrom(null, 0, 2, 3, 5),
  rtt: fc.oneof(fc.constantFrom(null, 0, SLOW, 1e9), fc.double({ min: 0, max: 30, noNaN: true })),
});

/** What a row shows, told plainly. */
function signsOf({ query, rcode, rtt }: Cells): number {
  const slow = typeof rtt === 'number' && rtt >= SLOW ? sign.SLOW_ANSWER : 0;
  if (rcode === null) return slow | sign.UNANSWERED_QUERY;
  if (rcode === 3) return query === null ? slow : slow | sign.NO_SUCH_NAME;
  return rcode === 0 ? slow : slow | sign.FAILED_QUERY;
}

test('counts what was asked of whom, and lists what shows something, whatever comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(row, { maxLength: 40 }), { maxLength: 5 }),
      fc.nat(ALL),
      (batches, wanted) => {
        const resolvers = new Resolvers();
        const asked = new Map<string, { rows: number; times: number[] }>();
        let answered = 0;
        for (const rows of batches) {
          const listed = count(resolvers, rows as Cells[], wanted);
          const expected: { row: number; signs: number }[] = [];
          for (const [number, cells] of rows.entries()) {
            if (MULTICAST.includes(cells.id_resp_h)) continue;
            const server = `${cells.id_resp_h} ${cells.id_resp_p}`;
            const known = asked.get(server) ?? { rows: 0, times: [] };
            asked.set(server, known);
            known.rows++;
            if (cells.rtt !== null) known.times.push(cells.rtt);
            if (cells.query !== null && cells.rcode !== null) answered++;
            const signs = signsOf(cells as Cells);
            if ((signs & wanted) !== 0) expected.push({ row: number, signs });
          }
          expect(listed.map(({ row, signs }) => ({ row, signs }))).toEqual(expected);
          for (const { row, server } of listed) {
            expect([...asked.keys()][server]).toBe(`${rows[row]!.id_resp_h} ${rows[row]!.id_resp_p}`);
          }
        }
        expect(resolvers.answered).toBe(answered);
        for (const [number, { rows, times }] of [...asked.values()].entries()) {
          const resolver = resolvers.get(number, 'host', 53)!;
          expect([resolver.asked, resolver.answers]).toEqual([rows, times.length]);
          expect(resolver.longest).toBe(Math.max(0, ...times));
          const sorted = times.toSorted((a, b) => a - b);
          if (sorted.length === 0) continue;
          const median = Math.min(sorted[Math.ceil(0.5 * sorted.length) - 1]!, 1e4); // longer ones are not told apart
          expect(resolver.quantile(0.5)).toBeGreaterThanOrEqual(median * 0.99);
          const bound = Math.max(median, 1e-6) * 1.27;
          expect(resolver.quantile(0.5)).toBeLessThanOrEqual(median > 9999 ? resolver.longest : bound);
        }
        resolvers.end();
      },
    ),
  );
});

test('a name is the base of one that was made by appending to it, if it was asked for and answered', () => {
  const resolvers = begin();
  const server = { id_resp_h: '10.0.0.10', id_resp_p: 53 };
  count(resolvers, [
    { ...server, query: 'api.test', rcode: 0 },
    { ...server, query: 'täst', rcode: 3 },
    { ...server, query: 'silent', rcode: null },
  ]);
  expect(resolvers.baseOf('api.test.shop.svc.cluster.local')).toBe('api.test');
  expect(resolvers.baseOf('täst.local')).toBe('täst');
  for (const other of ['api.test', 'api', 'silent.local', 'api.testing.local', '.api.test', '']) {
    expect(resolvers.baseOf(other)).toBeUndefined();
  }
});

test('remembers the names that come first', () => {
  const resolvers = begin();
  const rows = Array.from({ length: 50_001 }, (_, i) => ({
    ...{ id_resp_h: '10.0.0.10', id_resp_p: 53, rcode: 0 },
    query: `n${i}`,
  }));
  for (let i = 0; i < rows.length; i += 1000) count(resolvers, rows.slice(i, i + 1000));
  expect(resolvers.answered).toBe(50_001);
  expect(['n0.local', 'n49999.local', 'n50000.local'].map(name => resolvers.baseOf(name))).toEqual([
    'n0',
    'n49999',
    undefined,
  ]);
});

test('counts the servers that come first, and every question', () => {
  const resolvers = begin();
  const rows = Array.from({ length: 20_001 }, (_, i) => ({
    id_resp_h: `10.1.${i >> 8}.${i & 255}`,
    id_resp_p: 53,
    query: `n${i}.test`,
    rcode: 2,
  }));
  const listed = count(resolvers, rows);
  expect(listed.slice(-2).map(({ server }) => server)).toEqual([19_999, -1]);
  expect(resolvers.get(-1, '', 53)).toBeUndefined();
  expect(resolvers.answered).toBe(20_001);
  expect(count(resolvers, rows.slice(0, 1))[0]!.server).toBe(0);
});

test('columns that no row has are read as such', () => {
  const resolvers = begin();
  const listed = [...resolvers.count({ table: 'dns', rows: 2, columns: {} }, ALL, SLOW)];
  expect(listed).toEqual([0, 1].map(row => ({ row, signs: sign.UNANSWERED_QUERY, server: 0 })));
  expect(resolvers.get(0, '', 0)!.asked).toBe(2);
  expect(resolvers.answered).toBe(0);
});

test('two captures at once are told apart, and one that begins later knows nothing of either', () => {
  const rows = [{ id_resp_h: '10.0.0.10', id_resp_p: 53, query: 'a.test', rcode: 0, rtt: 1 }];
  const one = begin();
  const two = begin();
  count(one, rows);
  count(one, rows);
  count(two, rows);
  expect([one, two].map(of => of.get(0, '10.0.0.10', 53)!.asked)).toEqual([2, 1]);
  made.splice(made.indexOf(one), 1);
  one.end();
  const three = begin();
  expect([three.answered, three.baseOf('a.test.local')]).toEqual([0, undefined]);
});
