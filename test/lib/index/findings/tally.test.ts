import { plural, Sightings } from '../../../../lib/index/findings/tally.ts';

test.each([
  [0, '0 packets'],
  [1, '1 packet'],
  [999, '999 packets'],
  [1000, '1,000 packets'],
  [1_234_567, '1,234,567 packets'],
])('%s is written in groups of three digits', (count, text) => {
  expect(plural(count, 'packet')).toBe(text);
});

test('sightings take in others: their count, their span, and flows up to twenty', () => {
  const all = new Sightings();
  all.add({ ts: 50n, uid: 'C0' });
  const others = new Sightings();
  for (let i = 0; i < 30; i++) others.add({ ts: BigInt(10 + i), uid: `C${i}` }, 2);
  all.include(others);
  expect(all.facts).toMatchObject({ count: 61, firstTs: 10n, lastTs: 50n });
  expect(all.uids).toEqual(Array.from({ length: 20 }, (_, i) => `C${i}`));
});

test('the flow of a sight is not asked for once there are twenty', () => {
  const seen = new Sightings();
  for (let i = 0; i < 20; i++) seen.add({ ts: 1n, uid: `C${i}` });
  const sight = {
    ts: 1n,
    get uid(): string {
      throw new Error('asked for');
    },
  };
  expect(() => seen.add(sight)).not.toThrow();
  expect(seen.count).toBe(21);
});
