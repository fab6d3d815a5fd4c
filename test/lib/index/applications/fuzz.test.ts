import fc from 'fast-check';
import type { Direction } from '../../../../lib/index/analyser.ts';
import { Feed, flowRef, Harness } from './harness.ts';
import { SEEDS } from './seeds.ts';

interface Step {
  direction: Direction;
  from: number;
  length: number;
  flip: [number, number][];
  missing: number;
  gap: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  direction: fc.constantFrom<Direction>(0, 1),
  from: fc.nat(300),
  length: fc.integer({ min: 1, max: 1500 }),
  flip: fc.array(fc.tuple(fc.nat(1499), fc.nat(255)), { maxLength: 4 }),
  missing: fc.constantFrom(0, 0, 0, 1, 40, 100_000),
  gap: fc.constantFrom(0, 0, 0, 1, 700, 2 ** 31),
});

describe.each(SEEDS)('$name over $proto', ({ name, proto, respPort, asked, answered }) => {
  test('no stream makes it throw, and rows stay in proportion to bytes', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), steps => {
        const harness = new Harness();
        const feed = new Feed(harness, flowRef({ proto, respPort }));
        let bytes = 0;
        // The first payload is whole, so that the protocol is recognised.
        expect(feed.send(0, asked).service).toBe(name);
        for (const { direction, from, length, flip, missing, gap } of steps) {
          const source = direction === 0 ? asked : answered;
          const payload = Buffer.from(source.subarray(from % (source.length + 1)).subarray(0, length));
          for (const [at, value] of flip) if (at < payload.length) payload[at] = value;
          bytes += payload.length;
          const cut = missing > 0 ? Math.floor(payload.length / 2) : undefined;
          feed.send(direction, payload, undefined, cut);
          if (gap > 0 && proto === 'tcp') feed.gap(direction, gap);
        }
        feed.end();
        const rows = ['dns', 'ssl', 'http'].flatMap(table => harness.rows(table));
        expect(rows.length).toBeLessThanOrEqual(2 + (asked.length + bytes) / 9);
        harness.close();
      }),
      { numRuns: 400 },
    );
  });
});

test('bytes at random, on any port, never throw', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('tcp' as const, 'udp' as const),
      fc.constantFrom(25, 53, 80, 137, 443, 3306, 5353, 5432, 6379, 9092, 51820),
      fc.array(fc.tuple(fc.constantFrom<Direction>(0, 1), fc.uint8Array({ maxLength: 300 })), {
        maxLength: 5,
      }),
      (proto, respPort, parts) => {
        const harness = new Harness();
        const feed = new Feed(harness, flowRef({ proto, respPort }));
        for (const [direction, bytes] of parts) feed.send(direction, bytes);
        feed.end();
        expect(harness.rows('dns').length).toBeLessThanOrEqual(5);
        harness.close();
      },
    ),
    { numRuns: 3000 },
  );
});
