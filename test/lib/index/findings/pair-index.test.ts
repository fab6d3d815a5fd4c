import { PairIndex } from '../../../../lib/index/findings/pair-index.ts';

test('pairs are numbered in the order in which they come, each once', () => {
  const pairs = new PairIndex(10);
  expect([pairs.number(3, 443), pairs.number(3, 80), pairs.number(443, 3), pairs.number(3, 443)]).toEqual([
    0, 1, 2, 0,
  ]);
  expect([pairs.first(1), pairs.second(1)]).toEqual([3, 80]);
  expect(pairs.count).toBe(3);
});

test('thousands of pairs are told apart', () => {
  const pairs = new PairIndex(100_000);
  const pair = (i: number): [number, number] => [i % 97, Math.imul(i, 65_536) >>> 1];
  const numbers = Array.from({ length: 20_000 }, (_, i) => pairs.number(...pair(i)));
  const known = new Map<string, number>();
  const expected = Array.from({ length: 20_000 }, (_, i) => {
    const key = pair(i).join();
    if (!known.has(key)) known.set(key, known.size);
    return known.get(key)!;
  });
  expect(numbers).toEqual(expected);
});

test('beyond the limit a new pair has no number, a known one keeps its own', () => {
  const pairs = new PairIndex(2);
  pairs.number(1, 1);
  expect(pairs.full).toBe(false);
  pairs.number(1, 2);
  expect(pairs.full).toBe(true);
  expect([pairs.number(1, 3), pairs.number(1, 2)]).toEqual([-1, 1]);
});
