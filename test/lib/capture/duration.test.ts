import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../lib/capture/duration.ts';

test.each([
  ['30s', 30, '30s'],
  ['1m', 60, '1m0s'],
  ['1h', 3600, '1h0m0s'],
  ['1h30m', 5400, '1h30m0s'],
  ['90m', 5400, '1h30m0s'],
  ['1.5s', 1.5, '1.5s'],
  ['500ms', 0.5, '500ms'],
  ['0s', 0, '0s'],
  ['2m30.5s', 150.5, '2m30.5s'],
])('%s is %d seconds, and printed as %s', (text, seconds, printed) => {
  expect(parseDuration(text)).toBe(seconds);
  expect(formatDuration(seconds)).toBe(printed);
});

test.each(['', '10', 's', '-5s', '1d', '1 s', '1s ', 'notaduration', '1.s'])('%j is no duration', text => {
  expect(parseDuration(text)).toBeUndefined();
});

test('what is printed is read back', () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), ms => {
      expect(parseDuration(formatDuration(ms / 1000))).toBeCloseTo(ms / 1000, 6);
    }),
  );
});
