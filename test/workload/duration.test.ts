import fc from 'fast-check';
import { parseDuration } from '../../workload/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['30s', 30_000],
    ['1m0s', 60_000],
    ['1h2m3.5s', 3_723_500],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['2500us', 2.5],
    ['2500µs', 2.5],
    ['2500μs', 2.5],
    ['1000ns', 0.001],
    ['.5s', 500],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  it.each(['', '5', 's', '-5s', '+5s', '5 s', '1d', '5s ', '1..5s', '5S', '1m-2s'])('refuses "%s"', text => {
    expect(() => parseDuration(text)).toThrow(RangeError);
  });

  it('adds the parts up', () => {
    const parts = fc.array(fc.tuple(fc.nat(10_000), fc.constantFrom('ms', 's', 'm', 'h')), { minLength: 1 });
    const size = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
    fc.assert(
      fc.property(parts, list => {
        const sum = list.reduce((total, [n, unit]) => total + n * size[unit], 0);
        expect(parseDuration(list.map(([n, unit]) => `${n}${unit}`).join(''))).toBe(sum);
      }),
    );
  });

  it('reads any text or refuses it, never anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.nusmhµ -') }), text => {
        try {
          expect(parseDuration(text)).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
